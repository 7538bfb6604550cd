using System.Collections.Immutable;
using BitAnneal.Runtime.Planning;

namespace BitAnneal.Runtime.Steps;

/// <summary>One operation of a planned network. It holds no state of a run, so sessions on several threads share it.</summary>
/// <param name="node">Node that it belongs to, for <see cref="IntegerSession.Explain"/>.</param>
/// <param name="writes">Where the result goes.</param>
/// <param name="reads">Where the operands lie.</param>
internal abstract unsafe class Step(string node, Slot writes, params Slot[] reads)
{
    /// <summary>Node that it belongs to.</summary>
    public string Node { get; } = node;

    /// <summary>Where the result goes.</summary>
    public Slot Writes { get; } = writes;

    /// <summary>Everything that is written; more than <see cref="Writes"/> where a step writes reals and codes.</summary>
    public virtual ImmutableArray<Slot> AllWrites { get; } = [writes]; // Once: runs allocate nothing.

    /// <summary>Where the operands lie.</summary>
    public ImmutableArray<Slot> Reads { get; } = [.. reads];

    /// <summary>
    /// The operand whose memory <see cref="Writes"/> may take if no later step reads it: every value of it is read right before the value of the result that has its
    /// place is written, so that half as much memory passes through the caches. Null for none.
    /// </summary>
    public virtual Slot? Replaces => null;

    /// <summary>What runs, for people.</summary>
    public abstract string Description { get; }

    /// <summary>Why a general way had to be taken, and what would help; null where a kernel made for the step runs.</summary>
    public string? Warning { get; init; }

    /// <summary>Bytes of weights held.</summary>
    public virtual long WeightBytes => 0;

    /// <summary>Bytes needed at the start of the arena while the step runs.</summary>
    public virtual long ScratchBytes => 0;

    /// <summary>
    /// Makes the tables that a run reads for every place. Called once, when the working memory of the network is known to be possible: files say how large
    /// images are, and tables come to several bytes for each of their pixels.
    /// </summary>
    public virtual void Prepare()
    {
        foreach (var slot in AllWrites.Concat(Reads))
        {
            (slot as PackedSlot)?.Prepare();
        }
    }

    /// <summary>Computes the result. Allocates nothing.</summary>
    /// <param name="arena">Working memory of this thread.</param>
    public abstract void Run(byte* arena);

    /// <summary>Pieces that several threads can compute at the same time; 1 where the step is not worth it.</summary>
    /// <param name="threads">Threads that will share them.</param>
    public virtual int Chunks(int threads) => 1;

    /// <summary>Where a chunk of evenly shared things begins.</summary>
    protected static int Share(int count, int chunk, int chunks) => (int)((long)count * chunk / chunks);

    /// <summary>Clears the borders of packed results. Others may write pixels meanwhile: the border lies beside them.</summary>
    protected void ClearBorders(byte* arena)
    {
        foreach (var slot in AllWrites)
        {
            (slot as PackedSlot)?.ClearBorder(arena);
        }
    }

    /// <summary>Computes a piece.</summary>
    /// <param name="arena">Working memory of all threads.</param>
    /// <param name="scratch">As many bytes as <see cref="ScratchBytes"/> says, for this thread alone.</param>
    /// <param name="chunk">Which piece.</param>
    /// <param name="chunks">Of how many.</param>
    public virtual void RunChunk(byte* arena, byte* scratch, int chunk, int chunks) => Run(arena);
}
