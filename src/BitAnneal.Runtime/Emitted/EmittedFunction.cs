namespace BitAnneal.Runtime.Emitted;

/// <summary>The functions that are emitted; numbers are output channels, or bits of a weight code for a matrix times a vector.</summary>
internal enum EmittedFunction
{
    Dot16,
    Dot32,
    Dot64,
    CommonBits16,
    CommonBits32,
    CommonBits64,
    Vector1,
    Vector2,
    Vector4,
}
