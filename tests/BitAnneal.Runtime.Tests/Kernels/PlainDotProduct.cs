using System.Runtime.Intrinsics;
using BitAnneal.Runtime.Kernels.Dot;

namespace BitAnneal.Runtime.Tests.Kernels;

/// <summary>ARM's instruction as its manual defines it, lane by lane: runs the kernels that are built on it on any processor.</summary>
internal readonly struct PlainDotProduct : IDotProduct
{
    public static Vector128<uint> Add(Vector128<uint> sums, Vector128<byte> weights, Vector64<byte> codes)
    {
        for (int i = 0; i < Vector128<byte>.Count; i++)
        {
            sums = sums.WithElement(i / 4, sums[i / 4] + (uint)weights[i] * codes[i % 4]);
        }

        return sums;
    }

    public static Vector128<int> Add(Vector128<int> sums, Vector128<sbyte> weights, Vector64<sbyte> codes)
    {
        for (int i = 0; i < Vector128<sbyte>.Count; i++)
        {
            sums = sums.WithElement(i / 4, sums[i / 4] + weights[i] * codes[i % 4]);
        }

        return sums;
    }
}
