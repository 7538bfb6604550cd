using System.Diagnostics;
using static TorchSharp.torch;

namespace BitAnneal.Bench;

/// <summary>The rate that the processor reaches in a large float32 matrix product.</summary>
internal static class Gemm
{
    private const int Size = 2048;

    /// <summary>GFLOP/s, the best of several products.</summary>
    public static double Rate()
    {
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        var (a, b) = (rand(Size, Size), rand(Size, Size));
        double best = double.MaxValue;
        for (int i = 0; i < 8; i++)
        {
            using var inner = NewDisposeScope();
            long start = Stopwatch.GetTimestamp();
            a.mm(b);
            best = Math.Min(best, Stopwatch.GetElapsedTime(start).TotalSeconds);
        }

        return 2.0 * Size * Size * Size / best / 1e9;
    }
}
