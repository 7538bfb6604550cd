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
    /// <summary>Values that are worked on at once.</summary>
    public const int Lanes = 16;

    private const int Chunk = 1 << 14;
    private const int Sums = MixtureJob.MaxPartners + 1; // ⟨G, Qₖ⟩ of every partner, then dL/dα.
    private const int ClipSum = MixtureJob.MaxPartners;

    /// <summary>Memory of one stretch of values; null for what a pass does not use.</summary>
    private struct Stretch
    {
        public float* X, Q, Gradient, Direct, Dx;
        public ushort* Words;

        public readonly Stretch From(long start) => new()
        {
            X = X == null ? null : X + start,
            Q = Q == null ? null : Q + start,
            Gradient = Gradient == null ? null : Gradient + start,
            Direct = Direct == null ? null : Direct + start,
            Dx = Dx == null ? null : Dx + start,
            Words = Words == null ? null : Words + start,
        };
    }

    private struct Work
    {
        public Stretch All;
        public long Count, Block;
        public MixtureConstants* Constants;
        public int ConstantsPerBlock;
        public double* Sums;
        public bool IsForward, Rectified;
    }

    /// <summary>q ← Σₖ mₖ·Qₖ(x).</summary>
    /// <param name="x">float32, dense.</param>
    /// <param name="q">The result, laid out as x; may be x itself.</param>
    /// <param name="words">16 bits per value that <see cref="SharedRangeKernel"/> keeps for the backward pass; null where nothing is kept.</param>
    /// <param name="job">Grids and weights.</param>
    public static void Forward(Tensor x, Tensor q, Tensor? words, MixtureJob job)
    {
        var all = new Stretch { X = TensorMemory.Pointer(x), Q = TensorMemory.Pointer(q), Words = Words(words) };
        Run(x.numel(), job, new Work { All = all, IsForward = true });
        GC.KeepAlive(x);
        GC.KeepAlive(q);
        GC.KeepAlive(words);
    }

    /// <summary>dx ← Σₖ mₖ·STEₖ(G) + D·1[x &gt; 0].</summary>
    /// <param name="x">float32, dense; null where words stand for it.</param>
    /// <param name="words">What the forward pass kept, or null.</param>
    /// <param name="gradient">G, laid out as x.</param>
    /// <param name="direct">D, the gradient that reaches x beside the quantizers, laid out as x; null for none.</param>
    /// <param name="rectified">Whether D passes for positive x only.</param>
    /// <param name="dx">The result, laid out as x.</param>
    /// <param name="job">Grids and weights.</param>
    /// <returns>dL/dmₖ = ⟨G, Qₖ(x)⟩ for every k, and dL/dα.</returns>
    public static (float[] Weights, float Clip) Backward(Tensor? x, Tensor? words, Tensor gradient, Tensor? direct, bool rectified, Tensor dx, MixtureJob job)
    {
        double[] partial = new double[BlockCount(gradient.numel(), job) * Sums];
        fixed (double* sums = partial)
        {
            var all = new Stretch
            {
                X = x is null ? null : TensorMemory.Pointer(x),
                Words = Words(words),
                Gradient = TensorMemory.Pointer(gradient),
                Direct = direct is null ? null : TensorMemory.Pointer(direct),
                Dx = TensorMemory.Pointer(dx),
            };
            Run(gradient.numel(), job, new Work { All = all, Rectified = rectified, Sums = sums });
        }

        GC.KeepAlive(x);
        GC.KeepAlive(words);
        GC.KeepAlive(gradient);
        GC.KeepAlive(direct);
        GC.KeepAlive(dx);
        double[] total = new double[Sums];
        for (int i = 0; i < partial.Length; i++)
        {
            total[i % Sums] += partial[i];
        }

        return ([.. total.Take(job.Partners.Length).Select(v => (float)v)], (float)total[ClipSum]);
    }

    private static ushort* Words(Tensor? words) => words is null ? null : (ushort*)TensorMemory.Pointer(words);

    private static long BlockCount(long count, MixtureJob job) => job.Channels > 1 ? job.Channels : (count + Chunk - 1) / Chunk;

    private static void Run(long count, MixtureJob job, Work work)
    {
        long blocks = BlockCount(count, job);
        fixed (MixtureConstants* constants = MixtureConstants.Of(job))
        {
            work.Count = count;
            work.Block = job.Channels > 1 ? count / job.Channels : Chunk;
            work.Constants = constants;
            work.ConstantsPerBlock = job.Channels > 1 ? 1 : 0;
            if (blocks <= 1 || count <= Chunk)
            {
                RunBlocks(0, blocks, &work);
            }
            else
            {
                _ = NativeMethods.ParallelFor(0, blocks, Math.Max(1, Chunk / work.Block), &RunBlocks, &work);
            }
        }
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static void RunBlocks(long begin, long end, void* context) => RunBlocks(begin, end, (Work*)context);

    private static void RunBlocks(long begin, long end, Work* work)
    {
        for (long b = begin; b < end; b++)
        {
            int count = (int)Math.Min(work->Block, work->Count - b * work->Block), whole = count - count % Lanes;
            var stretch = work->All.From(b * work->Block);
            var constants = work->Constants + b * work->ConstantsPerBlock;
            double* sums = work->Sums + b * Sums;
            RunStretch(stretch, whole, work, constants, sums);
            if (whole < count)
            {
                RunRest(stretch.From(whole), count - whole, work, constants, sums);
            }
        }
    }

    /// <summary>Loops without a call keep all they need in registers: lengths are multiples of <see cref="Lanes"/>.</summary>
    private static void RunStretch(in Stretch s, int count, Work* work, MixtureConstants* constants, double* sums)
    {
        switch (constants->IsSharedRange, work->IsForward)
        {
            case (true, true): SharedRangeKernel.Forward(s.X, s.Q, s.Words, count, constants); break;
            case (true, false): SharedRangeKernel.Backward(s.Words, s.Gradient, s.Direct, work->Rectified, s.Dx, count, constants, sums); break;
            case (false, true) when constants->IsNode: ForwardNode(s.X, s.Q, count, constants); break;
            case (false, true): ForwardBlock(s.X, s.Q, count, constants); break;
            default: BackwardBlock(s.X, s.Gradient, s.Direct, work->Rectified, s.Dx, count, constants, sums); break;
        }
    }

    /// <summary>The last values by way of copies that zeros fill up; zero gradients add nothing.</summary>
    private static void RunRest(in Stretch s, int count, Work* work, MixtureConstants* constants, double* sums)
    {
        float* buffers = stackalloc float[5 * Lanes];
        ushort* words = stackalloc ushort[Lanes];
        new Span<float>(buffers, 5 * Lanes).Clear();
        new Span<ushort>(words, Lanes).Clear();
        var copy = new Stretch { X = buffers, Q = buffers + Lanes, Gradient = buffers + 2 * Lanes, Direct = s.Direct == null ? null : buffers + 3 * Lanes, Dx = buffers + 4 * Lanes, Words = s.Words == null ? null : words };
        Copy(s.X, copy.X, count);
        Copy(s.Gradient, copy.Gradient, count);
        Copy(s.Direct, copy.Direct, count);
        Copy(s.Words, copy.Words, count);
        RunStretch(copy, Lanes, work, constants, sums);
        if (work->IsForward)
        {
            Copy(copy.Q, s.Q, count);
            Copy(copy.Words, s.Words, count);
        }
        else
        {
            Copy(copy.Dx, s.Dx, count);
        }
    }

    private static void Copy<T>(T* source, T* target, int count)
        where T : unmanaged
    {
        if (source != null)
        {
            new ReadOnlySpan<T>(source, count).CopyTo(new Span<T>(target, count));
        }
    }

    private static void ForwardBlock(float* x, float* q, int count, MixtureConstants* c)
    {
        var ceiling = Vector512.Create(c->Ceiling);
        for (int i = 0; i < count; i += Lanes)
        {
            Mixed(Vector512.MinNative(Vector512.Load(x + i), ceiling), c).Store(q + i);
        }
    }

    /// <summary>One quantizer as the frozen network carries it out.</summary>
    private static void ForwardNode(float* x, float* q, int count, MixtureConstants* c)
    {
        Vector512<float> ceiling = Vector512.Create(c->Ceiling), offset = Vector512.Create(c->Offset[0]);
        for (int i = 0; i < count; i += Lanes)
        {
            (LevelCode.OfNode(Vector512.MinNative(Vector512.Load(x + i), ceiling), c) * c->Scale[0] + offset).Store(q + i);
        }
    }

    private static void BackwardBlock(float* x, float* gradient, float* direct, bool rectified, float* dx, int count, MixtureConstants* c, double* sums)
    {
        Vector512<float>* dots = stackalloc Vector512<float>[Sums];
        new Span<Vector512<float>>(dots, Sums).Clear();
        var ceiling = Vector512.Create(c->Ceiling);
        for (int i = 0; i < count; i += Lanes)
        {
            var v = Vector512.MinNative(Vector512.Load(x + i), ceiling);
            var result = Back(v, Vector512.Load(gradient + i), c, dots);
            if (direct != null)
            {
                var d = Vector512.Load(direct + i);
                result += rectified ? d & Vector512.GreaterThan(v, Vector512<float>.Zero) : d;
            }

            result.Store(dx + i);
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
            return Vector512.MinNative(Vector512.MaxNative(x, Vector512.Create(c->Floor[k])), Vector512.Create(c->Clip));
        }

        return LevelCode.Of(x, c, k) * c->Scale[k] + Vector512.Create(c->Offset[k]);
    }
}
