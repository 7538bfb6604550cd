namespace BitAnneal.Runtime.Emitted;

/// <summary>
/// The functions that are emitted; numbers are output channels, or bits of a weight code for a matrix times a vector. Of sums over packed weights there is one for every
/// number of output channels and bits, in this order.
/// </summary>
internal enum EmittedFunction
{
    Dot16,
    Dot32,
    Dot64,
    CommonBits16,
    CommonBits32,
    CommonBits64,
    Packed16Of1,
    Packed16Of2,
    Packed16Of4,
    Packed32Of1,
    Packed32Of2,
    Packed32Of4,
    Packed64Of1,
    Packed64Of2,
    Packed64Of4,
    Vector1,
    Vector2,
    Vector4,
}
