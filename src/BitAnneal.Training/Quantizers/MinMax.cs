using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using BitAnneal.Graphs;
using BitAnneal.Training.Native;
using BitAnneal.Training.Tensors;
using TorchSharp;
using static TorchSharp.torch;
using TensorPrimitives = System.Numerics.Tensors.TensorPrimitives;

namespace BitAnneal.Training.Quantizers;

/// <summary>Smallest and largest value of a tensor in one read of its memory.</summary>
internal static unsafe class MinMax
{
    private const int Chunk = 1 << 16;

    private struct Work
    {
        public float* X;
        public long Count;
        public ClipRange* Results;
    }

    /// <summary>The range of a tensor.</summary>
    /// <exception cref="BitAnnealException">It holds NaN or infinity.</exception>
    public static ClipRange Of(Tensor x, string site)
    {
        var range = x.device_type == DeviceType.CPU && TensorMemory.IsDense(x) ? OfMemory(x) : OfOperation(x);
        return float.IsFinite(range.Min) && float.IsFinite(range.Max) ? range : throw NotFinite(site);
    }

    /// <summary>The range of each channel (index of dimension 0).</summary>
    /// <exception cref="BitAnnealException">The tensor holds NaN or infinity.</exception>
    public static ClipRange[] OfChannels(Tensor x, string site)
    {
        var ranges = ChannelMemory.Map(x, (_, values) => new ClipRange(TensorPrimitives.Min(values), TensorPrimitives.Max(values)));
        return Array.TrueForAll(ranges, r => float.IsFinite(r.Min) && float.IsFinite(r.Max)) ? ranges : throw NotFinite(site);
    }

    /// <summary>The fault of a tensor that holds NaN or infinity.</summary>
    public static BitAnnealException NotFinite(string site) =>
        new($"'{site}' holds a value that is not finite: the training has diverged; lower the learning rate");

    private static ClipRange OfOperation(Tensor x)
    {
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        var (min, max) = x.detach().aminmax();
        return new ClipRange(TensorMemory.ToFloats(min)[0], TensorMemory.ToFloats(max)[0]);
    }

    private static ClipRange OfMemory(Tensor x)
    {
        int chunks = (int)((x.numel() + Chunk - 1) / Chunk);
        var results = new ClipRange[chunks];
        fixed (ClipRange* pinned = results)
        {
            var work = new Work { X = TensorMemory.Pointer(x), Count = x.numel(), Results = pinned };
            if (chunks == 1)
            {
                RunChunks(0, 1, &work);
            }
            else
            {
                _ = NativeMethods.ParallelFor(0, chunks, 1, &RunChunks, &work);
            }
        }

        GC.KeepAlive(x);
        var range = results[0];
        foreach (var r in results)
        {
            range = new ClipRange(MathF.Min(range.Min, r.Min), MathF.Max(range.Max, r.Max)); // NaN wins.
        }

        return range;
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static void RunChunks(long begin, long end, void* context) => RunChunks(begin, end, (Work*)context);

    private static void RunChunks(long begin, long end, Work* work)
    {
        for (long c = begin; c < end; c++)
        {
            long start = c * Chunk;
            work->Results[c] = OfChunk(work->X + start, (int)Math.Min(Chunk, work->Count - start));
        }
    }

    private static ClipRange OfChunk(float* x, int count)
    {
        var values = new ReadOnlySpan<float>(x, count);
        return new ClipRange(TensorPrimitives.Min(values), TensorPrimitives.Max(values)); // NaN wins.
    }
}
