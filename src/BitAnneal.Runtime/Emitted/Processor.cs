using System.Runtime.Intrinsics.X86;

namespace BitAnneal.Runtime.Emitted;

/// <summary>Instructions of this processor that .NET 10 does not ask for.</summary>
internal static class Processor
{
    /// <summary>AVX512_VNNI: <c>vpdpbusd</c> on 512 bits.</summary>
    public static bool HasVnni => Feature(11);

    /// <summary>AVX512_VPOPCNTDQ: <c>vpopcntd</c> on 512 bits.</summary>
    public static bool HasPopcount => Feature(14);

    /// <summary>A bit of register ECX of leaf 7.</summary>
    private static bool Feature(int bit) => X86Base.IsSupported && X86Base.CpuId(0, 0).Eax >= 7 && (X86Base.CpuId(7, 0).Ecx >> bit & 1) != 0;
}
