using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using BitAnneal.Training.Native;
using BitAnneal.Training.Tensors;
using static TorchSharp.torch;

namespace BitAnneal.Training.Quantizers;

/// <summary>
/// The fused mixture on CPU memory: one pass forward (read x, write q), one backward (read x and G, write dx, K + 1 sums). It is
/// bound by memory traffic, so three quantizers cost about what one ReLU costs.
/// </summary>
/// <remarks>
/// Blocks have a fixed size (a channel, where channels have grids of their own) and their sums are added in order: the result does not depend
/// on the number of threads.
/// </remarks>
internal static unsafe class MixtureKernel
{
    private const int Chunk = 1 << 14;
    private const int Sums = MixtureJob.MaxPartners + 1; // ⟨G, Qₖ⟩ of every partner, then dL/dα.
    private const int ClipSum = MixtureJob.MaxPartners;

    private struct Work
    {
        public float* X, Second, Third;
        public ushort* Words;
        public long Count, Block;
        public MixtureConstants* Constants;
        public int ConstantsPerBlock;
        public double* Sums;
        public bool IsForward;
    }

    /// <summary>q ← Σₖ mₖ·Qₖ(x).</summary>
    /// <param name="x">float32, dense.</param>
    /// <param name="q">The result, laid out as x.</param>
    /// <param name="job">Grids and weights; its words are filled where there are any.</param>
    public static void Forward(Tensor x, Tensor q, MixtureJob job) => Run(x, q, null, job, null, isForward: true);

    /// <summary>dx ← Σₖ mₖ·STEₖ(G).</summary>
    /// <param name="x">float32, dense; null where the words of the forward pass stand for it.</param>
    /// <param name="gradient">G, laid out as x.</param>
    /// <param name="dx">The result, laid out as x.</param>
    /// <param name="job">Grids and weights.</param>
    /// <returns>dL/dmₖ = ⟨G, Qₖ(x)⟩ for every k, and dL/dα.</returns>
    public static (float[] Weights, float Clip) Backward(Tensor? x, Tensor gradient, Tensor dx, MixtureJob job)
    {
        long blocks = BlockCount(gradient.numel(), job);
        double[] partial = new double[blocks * Sums];
        fixed (double* sums = partial)
        {
            Run(x ?? gradient, gradient, dx, job, sums, isForward: false); // Nothing reads x where there are words.
        }

        double[] total = new double[Sums];
        for (int i = 0; i < partial.Length; i++)
        {
            total[i % Sums] += partial[i];
        }

        return ([.. total.Take(job.Partners.Length).Select(v => (float)v)], (float)total[ClipSum]);
    }

    private static long BlockCount(long count, MixtureJob job) => job.Channels > 1 ? job.Channels : (count + Chunk - 1) / Chunk;

    private static void Run(Tensor x, Tensor second, Tensor? third, MixtureJob job, double* sums, bool isForward)
    {
        long count = x.numel(), blocks = BlockCount(count, job);
        fixed (MixtureConstants* constants = MixtureConstants.Of(job))
        fixed (ushort* words = job.Words)
        {
            var work = new Work
            {
                X = TensorMemory.Pointer(x),
                Second = TensorMemory.Pointer(second),
                Third = third is null ? null : TensorMemory.Pointer(third),
                Words = words,
                Count = count,
                Block = job.Channels > 1 ? count / job.Channels : Chunk,
                Constants = constants,
                ConstantsPerBlock = job.Channels > 1 ? 1 : 0,
                Sums = sums,
                IsForward = isForward,
            };
            if (blocks <= 1 || count <= Chunk)
            {
                RunBlocks(0, blocks, &work);
            }
            else
            {
                _ = NativeMethods.ParallelFor(0, blocks, Math.Max(1, Chunk / work.Block), &RunBlocks, &work);
            }
        }

        GC.KeepAlive(x);
        GC.KeepAlive(second);
        GC.KeepAlive(third);
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static void RunBlocks(long begin, long end, void* context) => RunBlocks(begin, end, (Work*)context);

    private static void RunBlocks(long begin, long end, Work* work)
    {
        for (long b = begin; b < end; b++)
        {
            long start = b * work->Block;
            int count = (int)Math.Min(work->Block, work->Count - start);
            var constants = work->Constants + b * work->ConstantsPerBlock;
            if (constants->IsSharedRange)
            {
                if (work->IsForward)
                {
                    SharedRangeKernel.Forward(work->X + start, work->Second + start, work->Words == null ? null : work->Words + start, count, constants);
                }
                else
                {
                    SharedRangeKernel.Backward(work->Words + start, work->Second + start, work->Third + start, count, constants, work->Sums + b * Sums);
                }
            }
            else if (work->IsForward)
            {
                ForwardBlock(work->X + start, work->Second + start, count, constants);
            }
            else
            {
                BackwardBlock(work->X + start, work->Second + start, work->Third + start, count, constants, work->Sums + b * Sums);
            }
        }
    }

    /// <summary>Up to sixteen values; zeros where there are fewer.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Load(float* source, int count) => count == Vector512<float>.Count ? Vector512.Load(source) : LoadPart(source, count);

    /// <summary>Writes the first values.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(Vector512<float> values, float* target, int count)
    {
        if (count == Vector512<float>.Count)
        {
            values.Store(target);
        }
        else
        {
            StorePart(values, target, count);
        }
    }

    private static Vector512<float> LoadPart(float* source, int count)
    {
        float* buffer = stackalloc float[Vector512<float>.Count];
        new Span<float>(buffer, Vector512<float>.Count).Clear();
        new ReadOnlySpan<float>(source, count).CopyTo(new Span<float>(buffer, count));
        return Vector512.Load(buffer);
    }

    private static void StorePart(Vector512<float> values, float* target, int count)
    {
        float* buffer = stackalloc float[Vector512<float>.Count];
        values.Store(buffer);
        new ReadOnlySpan<float>(buffer, count).CopyTo(new Span<float>(target, count));
    }

    private static void ForwardBlock(float* x, float* q, int count, MixtureConstants* c)
    {
        for (int i = 0; i < count; i += Vector512<float>.Count)
        {
            int left = Math.Min(count - i, Vector512<float>.Count);
            Store(Mixed(Load(x + i, left), c), q + i, left);
        }
    }

    private static void BackwardBlock(float* x, float* gradient, float* dx, int count, MixtureConstants* c, double* sums)
    {
        Vector512<float>* dots = stackalloc Vector512<float>[Sums];
        new Span<Vector512<float>>(dots, Sums).Clear();
        for (int i = 0; i < count; i += Vector512<float>.Count)
        {
            int left = Math.Min(count - i, Vector512<float>.Count);
            Store(Back(Load(x + i, left), Load(gradient + i, left), c, dots), dx + i, left); // Zero gradients beyond the end add nothing.
        }

        for (int k = 0; k < Sums; k++)
        {
            sums[k] += Vector512.Sum(dots[k]);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<float> Mixed(Vector512<float> x, MixtureConstants* c)
    {
        var sum = Vector512<float>.Zero;
        for (int k = 0; k < c->Count; k++)
        {
            sum += Level(x, c, k) * c->Weight[k];
        }

        return sum;
    }

    /// <summary>dL/dx of sixteen values; the sums of <paramref name="dots"/> grow.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<float> Back(Vector512<float> x, Vector512<float> g, MixtureConstants* c, Vector512<float>* dots)
    {
        var slope = Vector512<float>.Zero;
        var mixed = Vector512<float>.Zero;
        for (int k = 0; k < c->Count; k++)
        {
            var level = Level(x, c, k);
            var weight = Vector512.Create(c->Weight[k]);
            dots[k] += g * level;
            mixed += level * weight;
            if ((c->Slopes >> k & 1) == 0)
            {
                slope += weight;
                continue;
            }

            var inside = Vector512.GreaterThanOrEqual(x, Vector512.Create(c->Low[k])) & Vector512.LessThanOrEqual(x, Vector512.Create(c->High[k]));
            slope += weight * Vector512.ConditionalSelect(inside, Vector512.Create(c->Inside[k]), Vector512.Create(c->Outside[k]));
        }

        if (c->HasClip)
        {
            // dL/dα = Σ G·1[x ≥ α], and for PACT+ also Σ G·(q − x)/α inside the range.
            var above = Vector512.GreaterThanOrEqual(x, Vector512.Create(c->Clip));
            var share = above & Vector512<float>.One;
            if (c->FollowsRounding)
            {
                var within = Vector512.GreaterThan(x, Vector512<float>.Zero) & ~above;
                share = Vector512.ConditionalSelect(within, (mixed - x) * c->ClipInverse, share);
            }

            dots[ClipSum] += g * share;
        }

        return g * slope;
    }

    /// <summary>Qₖ(x) for sixteen values, rounded as <see cref="Graphs.Grid.Dequantize"/> does: product, then sum.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<float> Level(Vector512<float> x, MixtureConstants* c, int k)
    {
        if ((c->Floats >> k & 1) != 0)
        {
            return Vector512.MinNative(Vector512.MaxNative(x, Vector512.Create(c->Low[k])), Vector512.Create(c->High[k]));
        }

        var min = Vector512.Create(c->MinCode[k]);
        var offset = Vector512.Create(c->Offset[k]);
        Vector512<float> code;
        if ((c->Thresholds >> k & 1) != 0)
        {
            var zone = Vector512.Create(c->DeadZone[k]);
            code = min + (Vector512.GreaterThanOrEqual(x, -zone) & Vector512.Create(1f)) + (Vector512.GreaterThan(x, zone) & Vector512.Create(1f));
        }
        else
        {
            var position = (x - offset) * c->Inverse[k];
            float shift = c->RoundingShift[k];
            code = float.IsNaN(shift) ? Vector512.Round(position) : Vector512.Floor(position + Vector512.Create(shift));
        }

        code = Vector512.MinNative(Vector512.MaxNative(code, min), Vector512.Create(c->MaxCode[k]));
        return code * c->Scale[k] + offset;
    }
}
