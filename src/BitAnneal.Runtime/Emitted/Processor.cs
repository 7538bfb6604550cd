using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics.X86;

namespace BitAnneal.Runtime.Emitted;

/// <summary>Instructions of this processor that .NET 10 does not ask for.</summary>
internal static unsafe class Processor
{
    private const uint WideState = 0xE6; // XCR0: SSE, AVX, mask registers, both parts of the 512-bit registers.

    /// <summary>
    /// AVX-512 that the system saves and no switch of .NET forbids. Code compiled ahead of time answers for the processor it was compiled for, so
    /// there the processor itself is asked.
    /// </summary>
    public static bool HasAvx512 => RuntimeFeature.IsDynamicCodeSupported ? Avx512BW.IsSupported : IsAvx512Enabled();

    /// <summary>AVX512_VNNI: <c>vpdpbusd</c> on 512 bits.</summary>
    public static bool HasVnni => Feature(11);

    /// <summary>AVX512_VPOPCNTDQ: <c>vpopcntd</c> on 512 bits.</summary>
    public static bool HasPopcount => Feature(14);

    /// <summary>What CPUID and the register XCR0 say.</summary>
    internal static bool IsAvx512Enabled()
    {
        const int SystemUsesXsave = 1 << 27, Foundation = 1 << 16, BytesAndWords = 1 << 30;
        if (!X86Base.IsSupported || X86Base.CpuId(0, 0).Eax < 7 || (X86Base.CpuId(1, 0).Ecx & SystemUsesXsave) == 0
            || (X86Base.CpuId(7, 0).Ebx & (Foundation | BytesAndWords)) != (Foundation | BytesAndWords))
        {
            return false;
        }

        ReadOnlySpan<byte> readXcr0 = [0x31, 0xC9, 0x0F, 0x01, 0xD0, 0xC3]; // xor ecx, ecx; xgetbv; ret
        using var memory = ExecutableMemory.Create(readXcr0, out _);
        return memory is not null && (((delegate* unmanaged<uint>)memory.Address)() & WideState) == WideState;
    }

    /// <summary>A bit of register ECX of leaf 7.</summary>
    private static bool Feature(int bit) => X86Base.IsSupported && X86Base.CpuId(0, 0).Eax >= 7 && (X86Base.CpuId(7, 0).Ecx >> bit & 1) != 0;
}
