using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace BitAnneal.Runtime.Steps;

/// <summary>Between codes of 8 and of 16 bits.</summary>
internal static unsafe class CodeWords
{
    /// <summary>Writes codes as 16-bit numbers.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Widen(byte* codes, short* words, int count)
    {
        int i = 0;
        for (; i <= count - Vector256<short>.Count; i += Vector256<short>.Count)
        {
            var (low, high) = Vector128.Widen(Vector128.Load(codes + i));
            Vector256.Create(low, high).Store((ushort*)words + i);
        }

        for (; i < count; i++)
        {
            words[i] = codes[i];
        }
    }

    /// <summary>Writes the low bytes of 16-bit numbers.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Narrow(short* words, byte* codes, int count)
    {
        int i = 0;
        for (; i <= count - Vector256<short>.Count; i += Vector256<short>.Count)
        {
            Vector128.Narrow(Vector128.Load((ushort*)words + i), Vector128.Load((ushort*)words + i + Vector128<ushort>.Count)).Store(codes + i);
        }

        for (; i < count; i++)
        {
            codes[i] = (byte)words[i];
        }
    }
}
