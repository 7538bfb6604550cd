using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using BitAnneal.Training.Native;
using BitAnneal.Training.Tensors;
using static TorchSharp.torch;

namespace BitAnneal.Training.Quantizers;

/// <summary>A sum and a ReLU as the layers of a residual network end, and the range of what results, in one pass over memory.</summary>
/// <remarks>Smallest and largest value do not depend on the order of the blocks, nor on the number of threads.</remarks>
internal static unsafe class ActivationKernel
{
    private const int Chunk = 1 << 14;

    private struct Work
    {
        public float* X, Addend, Result;
        public bool Rectified;
        public long Count;
        public ClipRange* Ranges;
    }

    /// <summary>v = x, x + b, max(x, 0) or max(x + b, 0).</summary>
    /// <param name="x">float32, dense.</param>
    /// <param name="addend">b, laid out as x; null for none.</param>
    /// <param name="rectified">Whether negative values become zero.</param>
    /// <param name="result">Where v goes, laid out as x; null where only the range is wanted.</param>
    /// <returns>Smallest and largest v; NaN where a sum is not finite.</returns>
    public static ClipRange Run(Tensor x, Tensor? addend, bool rectified, Tensor? result)
    {
        int chunks = (int)((x.numel() + Chunk - 1) / Chunk);
        var ranges = new ClipRange[chunks];
        fixed (ClipRange* pinned = ranges)
        {
            var work = new Work
            {
                X = TensorMemory.Pointer(x),
                Addend = addend is null ? null : TensorMemory.Pointer(addend),
                Result = result is null ? null : TensorMemory.Pointer(result),
                Rectified = rectified,
                Count = x.numel(),
                Ranges = pinned,
            };
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
        GC.KeepAlive(addend);
        GC.KeepAlive(result);
        var range = ranges[0];
        foreach (var r in ranges)
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
            float* addend = work->Addend == null ? null : work->Addend + start, result = work->Result == null ? null : work->Result + start;
            work->Ranges[c] = OfChunk(work->X + start, addend, work->Rectified, result, (int)Math.Min(Chunk, work->Count - start));
        }
    }

    private static ClipRange OfChunk(float* x, float* addend, bool rectified, float* result, int count)
    {
        var floor = Vector512.Create(rectified ? 0 : float.NegativeInfinity);
        Vector512<float> smallest = Vector512.Create(float.PositiveInfinity), largest = -smallest, doubt = Vector512<float>.Zero;
        int whole = count - count % Vector512<float>.Count;
        for (int i = 0; i < whole; i += Vector512<float>.Count)
        {
            var v = Vector512.Load(x + i);
            if (addend != null)
            {
                v += Vector512.Load(addend + i);
            }

            doubt = Vector512.FusedMultiplyAdd(v, Vector512<float>.Zero, doubt); // NaN from here on where v is not finite.
            v = Vector512.MaxNative(v, floor);
            smallest = Vector512.MinNative(smallest, v);
            largest = Vector512.MaxNative(largest, v);
            if (result != null)
            {
                v.Store(result + i);
            }
        }

        float min = float.PositiveInfinity, max = float.NegativeInfinity, rest = Vector512.Sum(doubt);
        for (int i = 0; i < Vector512<float>.Count; i++)
        {
            (min, max) = (MathF.Min(min, smallest[i]), MathF.Max(max, largest[i]));
        }

        for (int i = whole; i < count; i++)
        {
            float v = x[i] + (addend == null ? 0 : addend[i]);
            rest += v * 0;
            v = rectified ? MathF.Max(v, 0) : v;
            (min, max) = (MathF.Min(min, v), MathF.Max(max, v));
            if (result != null)
            {
                result[i] = v;
            }
        }

        return float.IsNaN(rest) ? new ClipRange(float.NaN, float.NaN) : new ClipRange(min, max);
    }
}
