using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.Arm;

namespace BitAnneal.Runtime.Kernels.Dot;

/// <summary>ARM: <c>udot</c> and <c>sdot</c> by element, 16 multiply-accumulates an instruction.</summary>
internal readonly struct ArmDotProduct : IDotProduct
{
    /// <summary>Whether the processor has the instructions.</summary>
    public static bool IsSupported => Dp.IsSupported;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<uint> Add(Vector128<uint> sums, Vector128<byte> weights, Vector64<byte> codes) => Dp.DotProductBySelectedQuadruplet(sums, weights, codes, 0);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<int> Add(Vector128<int> sums, Vector128<sbyte> weights, Vector64<sbyte> codes) => Dp.DotProductBySelectedQuadruplet(sums, weights, codes, 0);
}
