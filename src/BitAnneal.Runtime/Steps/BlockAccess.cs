using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace BitAnneal.Runtime.Steps;

/// <summary>How an epilogue reads and writes sixteen reals of a block: a block that is whole needs no care, and no calls in its loop.</summary>
internal unsafe interface IBlockAccess
{
    /// <summary>Reads up to 16 values; the others are 0.</summary>
    static abstract Vector512<float> Load(float* source, int count);

    /// <summary>Writes up to 16 values.</summary>
    static abstract void Store(Vector512<float> values, float* target, int count);
}

/// <summary>All 64 channels exist.</summary>
internal readonly unsafe struct WholeBlock : IBlockAccess
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Load(float* source, int count) => Vector512.Load(source);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(Vector512<float> values, float* target, int count) => values.Store(target);
}

/// <summary>Only the first channels exist in memory.</summary>
internal readonly unsafe struct PartialBlock : IBlockAccess
{
    public static Vector512<float> Load(float* source, int count)
    {
        float* values = stackalloc float[Vector512<float>.Count];
        new ReadOnlySpan<float>(source, Math.Clamp(count, 0, Vector512<float>.Count)).CopyTo(new Span<float>(values, Vector512<float>.Count));
        return Vector512.Load(values);
    }

    public static void Store(Vector512<float> values, float* target, int count)
    {
        float* all = stackalloc float[Vector512<float>.Count];
        values.Store(all);
        count = Math.Clamp(count, 0, Vector512<float>.Count);
        new ReadOnlySpan<float>(all, count).CopyTo(new Span<float>(target, count));
    }
}
