namespace BitAnneal.Runtime.Kernels;

/// <summary>Floats that stay where they are, at a multiple of 64 bytes: a vector that crosses cache lines costs two loads.</summary>
internal sealed unsafe class AlignedFloats
{
    private readonly float[] memory; // Pinned; keeps the memory behind the pointer alive.

    /// <summary>Allocates zeros.</summary>
    public AlignedFloats(int count)
    {
        const int Alignment = 64;
        memory = GC.AllocateArray<float>(checked(count + Alignment / sizeof(float)), pinned: true);
        fixed (float* start = memory)
        {
            Pointer = (float*)(((nint)start + Alignment - 1) & ~(Alignment - 1));
        }
    }

    /// <summary>The first one.</summary>
    public float* Pointer { get; }
}
