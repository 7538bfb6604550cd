using BitAnneal.Runtime.Planning;

namespace BitAnneal.Runtime.Steps;

/// <summary>
/// A step whose result falls into parts that do not touch each other, so that several threads can share them. Each part is computed in the same way
/// however they are shared out, so the bits do not depend on the number of threads. Steps that only move memory (copies, sums and rectifiers of reals, packing) are
/// not among them: measured on two cores, fetching what the other core wrote costs more than the second core gains.
/// </summary>
/// <param name="node">Node that it belongs to.</param>
/// <param name="writes">Where the result goes.</param>
/// <param name="reads">Where the operands lie.</param>
internal abstract unsafe class SharedStep(string node, Slot writes, params Slot[] reads) : Step(node, writes, reads)
{
    private const int ChunksPerThread = 2; // So that a thread that is late takes fewer.
    private const double LeastNanoseconds = 2000; // Of a chunk: handing one over, and the other core's caches, cost a good part of a microsecond.

    /// <summary>Number of parts: pixels of the result, unless a step says otherwise.</summary>
    protected virtual int Parts => Writes.Pixels;

    /// <summary>What a part takes, roughly, on one core of today.</summary>
    protected abstract double PartNanoseconds { get; }

    /// <summary>Computes parts that follow each other.</summary>
    /// <param name="arena">Working memory of all threads.</param>
    /// <param name="first">First part.</param>
    /// <param name="end">Part behind the last.</param>
    protected abstract void RunParts(byte* arena, int first, int end);

    public sealed override void Run(byte* arena) => RunParts(arena, 0, Parts);

    public sealed override int Chunks(int threads) => (int)Math.Clamp(Parts * PartNanoseconds / LeastNanoseconds, 1, Math.Min(Parts, threads * ChunksPerThread));

    public sealed override void RunChunk(byte* arena, byte* scratch, int chunk, int chunks) => RunParts(arena, Share(Parts, chunk, chunks), Share(Parts, chunk + 1, chunks));
}
