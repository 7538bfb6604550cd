namespace BitAnneal.Runtime.Emitted;

/// <summary>The functions that are emitted; numbers are output channels.</summary>
internal enum EmittedFunction
{
    Dot16,
    Dot32,
    Dot64,
    CommonBits16,
    CommonBits32,
    CommonBits64,
}
