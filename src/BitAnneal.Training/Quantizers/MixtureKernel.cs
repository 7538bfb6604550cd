using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using BitAnneal.Training.Native;
using BitAnneal.Training.Tensors;
using static TorchSharp.torch;

namespace BitAnneal.Training.Quantizers;

/// <summary>
/// The fused mixture on CPU memory: one pass forward (read x, write q), one backward (read x and G, write dx, K dot products). It is
/// bound by memory traffic, so three quantizers cost about what one ReLU costs.
/// </summary>
/// <remarks>Chunks have a fixed size and their sums are added in order: the result does not depend on the number of threads.</remarks>
internal static unsafe class MixtureKernel
{
    private const int Chunk = 1 << 14;

    private struct Constants
    {
        public int Count;
        public fixed float Weight[MixtureJob.MaxPartners];
        public fixed float Scale[MixtureJob.MaxPartners];
        public fixed float Inverse[MixtureJob.MaxPartners];
        public fixed float Offset[MixtureJob.MaxPartners];
        public fixed float LastCode[MixtureJob.MaxPartners];
        public fixed float Low[MixtureJob.MaxPartners];
        public fixed float High[MixtureJob.MaxPartners];
        public fixed float RoundingShift[MixtureJob.MaxPartners]; // NaN: half to even; otherwise floor(x + shift)
    }

    private struct Work
    {
        public float* X, Second, Third;
        public long Count;
        public Constants* Constants;
        public double* Sums;
        public bool IsForward;
    }

    /// <summary>q ← Σₖ mₖ·Qₖ(x).</summary>
    public static void Forward(Tensor x, Tensor q, MixtureJob job)
    {
        Constants constants = Gather(job);
        Run(x, q, null, &constants, null, isForward: true);
    }

    /// <summary>dx ← Σₖ mₖ·STEₖ(G).</summary>
    /// <returns>dL/dmₖ = ⟨G, Qₖ(x)⟩ for every k.</returns>
    public static float[] Backward(Tensor x, Tensor gradient, Tensor dx, MixtureJob job)
    {
        Constants constants = Gather(job);
        long chunks = (x.numel() + Chunk - 1) / Chunk;
        double[] partial = new double[chunks * MixtureJob.MaxPartners];
        fixed (double* sums = partial)
        {
            Run(x, gradient, dx, &constants, sums, isForward: false);
        }

        float[] dm = new float[constants.Count];
        for (int k = 0; k < dm.Length; k++)
        {
            double sum = 0;
            for (long c = 0; c < chunks; c++)
            {
                sum += partial[c * MixtureJob.MaxPartners + k];
            }

            dm[k] = (float)sum;
        }

        return dm;
    }

    private static Constants Gather(MixtureJob job)
    {
        if (job.Partners.Length > MixtureJob.MaxPartners)
        {
            throw new ArgumentException($"a mixture of {job.Partners.Length} quantizers; at most {MixtureJob.MaxPartners} are possible");
        }

        var c = new Constants { Count = job.Partners.Length };
        for (int k = 0; k < job.Partners.Length; k++)
        {
            var p = job.Partners[k];
            c.Weight[k] = job.Weights[k];
            c.Scale[k] = p.Scale;
            c.Inverse[k] = 1 / p.Scale;
            c.Offset[k] = p.Offset;
            c.LastCode[k] = p.LastCode;
            c.Low[k] = p.Clipped ? p.Offset : float.NegativeInfinity;
            c.High[k] = p.Clipped ? p.Top : float.PositiveInfinity;
            c.RoundingShift[k] = p.Rounding switch { Rounding.HalfToEven => float.NaN, Rounding.HalfUp => 0.5f, _ => 0 };
        }

        return c;
    }

    private static void Run(Tensor x, Tensor second, Tensor? third, Constants* constants, double* sums, bool isForward)
    {
        var work = new Work
        {
            X = TensorMemory.Pointer(x),
            Second = TensorMemory.Pointer(second),
            Third = third is null ? null : TensorMemory.Pointer(third),
            Count = x.numel(),
            Constants = constants,
            Sums = sums,
            IsForward = isForward,
        };
        long chunks = (work.Count + Chunk - 1) / Chunk;
        if (chunks <= 1)
        {
            RunChunks(0, chunks, &work);
        }
        else
        {
            _ = NativeMethods.ParallelFor(0, chunks, 1, &RunChunks, &work);
        }

        GC.KeepAlive(x);
        GC.KeepAlive(second);
        GC.KeepAlive(third);
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static void RunChunks(long begin, long end, void* context) => RunChunks(begin, end, (Work*)context);

    private static void RunChunks(long begin, long end, Work* work)
    {
        for (long c = begin; c < end; c++)
        {
            long start = c * Chunk;
            int count = (int)Math.Min(Chunk, work->Count - start);
            if (work->IsForward)
            {
                ForwardChunk(work->X + start, work->Second + start, count, work->Constants);
            }
            else
            {
                BackwardChunk(work->X + start, work->Second + start, work->Third + start, count, work->Constants, work->Sums + c * MixtureJob.MaxPartners);
            }
        }
    }

    private static void ForwardChunk(float* x, float* q, int count, Constants* c)
    {
        int i = 0;
        for (; i <= count - Vector512<float>.Count; i += Vector512<float>.Count)
        {
            var v = Vector512.Load(x + i);
            var sum = Vector512<float>.Zero;
            for (int k = 0; k < c->Count; k++)
            {
                sum += Level(v, c, k) * c->Weight[k];
            }

            sum.Store(q + i);
        }

        if (i < count)
        {
            float* buffer = stackalloc float[Vector512<float>.Count * 2];
            float* result = buffer + Vector512<float>.Count;
            Tail(x + i, buffer, count - i);
            ForwardChunk(buffer, result, Vector512<float>.Count, c);
            new ReadOnlySpan<float>(result, count - i).CopyTo(new Span<float>(q + i, count - i));
        }
    }

    private static void BackwardChunk(float* x, float* gradient, float* dx, int count, Constants* c, double* sums)
    {
        Vector512<float>* dots = stackalloc Vector512<float>[MixtureJob.MaxPartners];
        for (int k = 0; k < c->Count; k++)
        {
            dots[k] = Vector512<float>.Zero;
        }

        int i = 0;
        for (; i <= count - Vector512<float>.Count; i += Vector512<float>.Count)
        {
            var v = Vector512.Load(x + i);
            var g = Vector512.Load(gradient + i);
            var factor = Vector512<float>.Zero;
            for (int k = 0; k < c->Count; k++)
            {
                dots[k] += g * Level(v, c, k);
                var inside = Vector512.GreaterThanOrEqual(v, Vector512.Create(c->Low[k])) & Vector512.LessThanOrEqual(v, Vector512.Create(c->High[k]));
                factor += Vector512.Create(c->Weight[k]) & inside;
            }

            (g * factor).Store(dx + i);
        }

        for (int k = 0; k < c->Count; k++)
        {
            sums[k] += Vector512.Sum(dots[k]);
        }

        if (i < count)
        {
            float* buffer = stackalloc float[Vector512<float>.Count * 3];
            float* g = buffer + Vector512<float>.Count, result = g + Vector512<float>.Count;
            Tail(x + i, buffer, count - i);
            Tail(gradient + i, g, count - i); // Zero gradients beyond the end add nothing.
            BackwardChunk(buffer, g, result, Vector512<float>.Count, c, sums);
            new ReadOnlySpan<float>(result, count - i).CopyTo(new Span<float>(dx + i, count - i));
        }
    }

    /// <summary>Qₖ(x) for sixteen values, rounded as <see cref="Graphs.Grid.Dequantize"/> does: product, then sum.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<float> Level(Vector512<float> x, Constants* c, int k)
    {
        if (c->LastCode[k] == 0)
        {
            return x;
        }

        var offset = Vector512.Create(c->Offset[k]);
        var position = (x - offset) * c->Inverse[k];
        float shift = c->RoundingShift[k];
        var code = float.IsNaN(shift) ? Vector512.Round(position) : Vector512.Floor(position + Vector512.Create(shift));
        code = Vector512.MinNative(Vector512.MaxNative(code, Vector512<float>.Zero), Vector512.Create(c->LastCode[k]));
        return code * c->Scale[k] + offset;
    }

    private static void Tail(float* source, float* target, int count)
    {
        new Span<float>(target, Vector512<float>.Count).Clear();
        new ReadOnlySpan<float>(source, count).CopyTo(new Span<float>(target, count));
    }
}
