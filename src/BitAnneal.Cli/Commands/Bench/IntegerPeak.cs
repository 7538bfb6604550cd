using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace BitAnneal.Cli.Commands.Bench;

/// <summary>
/// The most multiply-accumulate operations that one thread can do on 8-bit codes with instructions that .NET exposes: products of bytes from the first
/// cache, added up in registers. Nothing else is done, so no layer that multiplies reaches it; a layer that looks products up may pass it.
/// </summary>
/// <param name="GigaOperations">Multiplications and additions per second, in billions.</param>
/// <param name="Instruction">What gave it.</param>
internal sealed unsafe record IntegerPeak(double GigaOperations, string Instruction)
{
    private const int Bytes = 4096, Sweeps = 4000, Attempts = 5;

    private delegate int Loop(byte* data);

    /// <summary>The best of the instructions that this machine has; null where .NET exposes none to us.</summary>
    public static IntegerPeak? Measure()
    {
        byte* data = (byte*)NativeMemory.AlignedAlloc(Bytes, 64);
        try
        {
            new Span<byte>(data, Bytes).Fill(1);
            (bool Supported, Loop Loop, string Name)[] known =
            [
                (AvxVnni.IsSupported, DotProducts, "vpdpbusd, 256 bits"),
                (Avx512BW.IsSupported, WidePairs, "vpmaddubsw, 512 bits"),
                (Avx2.IsSupported, Pairs, "vpmaddubsw, 256 bits"),
            ];
            return known.Where(k => k.Supported).Select(k => new IntegerPeak(Rate(k.Loop, data), k.Name)).MaxBy(p => p.GigaOperations);
        }
        finally
        {
            NativeMemory.AlignedFree(data);
        }
    }

    /// <summary>Every byte is one multiplication and one addition.</summary>
    private static double Rate(Loop loop, byte* data)
    {
        double best = double.PositiveInfinity;
        for (int i = 0; i < Attempts; i++)
        {
            long start = Stopwatch.GetTimestamp();
            loop(data);
            best = Math.Min(best, Stopwatch.GetElapsedTime(start).TotalSeconds);
        }

        return 2.0 * Bytes * Sweeps / best / 1e9;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static int DotProducts(byte* data)
    {
        Vector256<int> a0 = default, a1 = default, a2 = default, a3 = default, a4 = default, a5 = default, a6 = default, a7 = default;
        var weight = Vector256.Create((sbyte)1);
        for (int sweep = 0; sweep < Sweeps; sweep++)
        {
            for (byte* p = data; p < data + Bytes; p += 256)
            {
                a0 = AvxVnni.MultiplyWideningAndAdd(a0, Vector256.Load(p), weight);
                a1 = AvxVnni.MultiplyWideningAndAdd(a1, Vector256.Load(p + 32), weight);
                a2 = AvxVnni.MultiplyWideningAndAdd(a2, Vector256.Load(p + 64), weight);
                a3 = AvxVnni.MultiplyWideningAndAdd(a3, Vector256.Load(p + 96), weight);
                a4 = AvxVnni.MultiplyWideningAndAdd(a4, Vector256.Load(p + 128), weight);
                a5 = AvxVnni.MultiplyWideningAndAdd(a5, Vector256.Load(p + 160), weight);
                a6 = AvxVnni.MultiplyWideningAndAdd(a6, Vector256.Load(p + 192), weight);
                a7 = AvxVnni.MultiplyWideningAndAdd(a7, Vector256.Load(p + 224), weight);
            }
        }

        return Vector256.Sum(a0 + a1 + a2 + a3 + a4 + a5 + a6 + a7);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static int WidePairs(byte* data)
    {
        Vector512<short> a0 = default, a1 = default, a2 = default, a3 = default, a4 = default, a5 = default, a6 = default, a7 = default;
        var weight = Vector512.Create((sbyte)1);
        for (int sweep = 0; sweep < Sweeps; sweep++)
        {
            for (byte* p = data; p < data + Bytes; p += 512)
            {
                a0 += Avx512BW.MultiplyAddAdjacent(Vector512.Load(p), weight);
                a1 += Avx512BW.MultiplyAddAdjacent(Vector512.Load(p + 64), weight);
                a2 += Avx512BW.MultiplyAddAdjacent(Vector512.Load(p + 128), weight);
                a3 += Avx512BW.MultiplyAddAdjacent(Vector512.Load(p + 192), weight);
                a4 += Avx512BW.MultiplyAddAdjacent(Vector512.Load(p + 256), weight);
                a5 += Avx512BW.MultiplyAddAdjacent(Vector512.Load(p + 320), weight);
                a6 += Avx512BW.MultiplyAddAdjacent(Vector512.Load(p + 384), weight);
                a7 += Avx512BW.MultiplyAddAdjacent(Vector512.Load(p + 448), weight);
            }
        }

        return Vector512.Sum(a0 + a1 + a2 + a3 + a4 + a5 + a6 + a7);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static int Pairs(byte* data)
    {
        Vector256<short> a0 = default, a1 = default, a2 = default, a3 = default, a4 = default, a5 = default, a6 = default, a7 = default;
        var weight = Vector256.Create((sbyte)1);
        for (int sweep = 0; sweep < Sweeps; sweep++)
        {
            for (byte* p = data; p < data + Bytes; p += 256)
            {
                a0 += Avx2.MultiplyAddAdjacent(Vector256.Load(p), weight);
                a1 += Avx2.MultiplyAddAdjacent(Vector256.Load(p + 32), weight);
                a2 += Avx2.MultiplyAddAdjacent(Vector256.Load(p + 64), weight);
                a3 += Avx2.MultiplyAddAdjacent(Vector256.Load(p + 96), weight);
                a4 += Avx2.MultiplyAddAdjacent(Vector256.Load(p + 128), weight);
                a5 += Avx2.MultiplyAddAdjacent(Vector256.Load(p + 160), weight);
                a6 += Avx2.MultiplyAddAdjacent(Vector256.Load(p + 192), weight);
                a7 += Avx2.MultiplyAddAdjacent(Vector256.Load(p + 224), weight);
            }
        }

        return Vector256.Sum(a0 + a1 + a2 + a3 + a4 + a5 + a6 + a7);
    }
}
