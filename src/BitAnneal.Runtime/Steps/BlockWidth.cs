using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace BitAnneal.Runtime.Steps;

/// <summary>
/// How many of the four vectors of a block an epilogue has to compute, and how it reads and writes reals. A type, so that the loops over whole vectors
/// hold no care and no calls.
/// </summary>
internal unsafe interface IBlockWidth
{
    /// <summary>Vectors of 16 channels: 1, 2 or 4.</summary>
    static abstract int Vectors { get; }

    /// <summary>Reads up to 16 values; the others are 0.</summary>
    static abstract Vector512<float> Load(float* source, int count);

    /// <summary>Writes up to 16 values.</summary>
    static abstract void Store(Vector512<float> values, float* target, int count);

    /// <summary>Reads up to 8 values; the others are 0.</summary>
    static abstract Vector256<float> LoadHalf(float* source, int count);

    /// <summary>Writes up to 8 values.</summary>
    static abstract void Store(Vector256<float> values, float* target, int count);
}

/// <summary>All 64 channels exist.</summary>
internal readonly unsafe struct WholeBlock : IBlockWidth
{
    public static int Vectors => 4;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Load(float* source, int count) => Vector512.Load(source);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(Vector512<float> values, float* target, int count) => values.Store(target);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> LoadHalf(float* source, int count) => Vector256.Load(source);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(Vector256<float> values, float* target, int count) => values.Store(target);
}

/// <summary>32 channels exist.</summary>
internal readonly unsafe struct HalfBlock : IBlockWidth
{
    public static int Vectors => 2;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Load(float* source, int count) => Vector512.Load(source);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(Vector512<float> values, float* target, int count) => values.Store(target);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> LoadHalf(float* source, int count) => Vector256.Load(source);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(Vector256<float> values, float* target, int count) => values.Store(target);
}

/// <summary>16 channels exist.</summary>
internal readonly unsafe struct QuarterBlock : IBlockWidth
{
    public static int Vectors => 1;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Load(float* source, int count) => Vector512.Load(source);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(Vector512<float> values, float* target, int count) => values.Store(target);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> LoadHalf(float* source, int count) => Vector256.Load(source);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(Vector256<float> values, float* target, int count) => values.Store(target);
}

/// <summary>Any number of channels exists in memory; as many vectors are computed as in a whole one.</summary>
/// <typeparam name="TWidth">The whole one.</typeparam>
internal readonly unsafe struct Partial<TWidth> : IBlockWidth where TWidth : struct, IBlockWidth
{
    public static int Vectors => TWidth.Vectors;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Load(float* source, int count) =>
        Avx512F.IsSupported ? Avx512F.MaskLoad(source, Lanes(count), Vector512<float>.Zero) : LoadPlainly(source, count);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(Vector512<float> values, float* target, int count)
    {
        if (Avx512F.IsSupported)
        {
            Avx512F.MaskStore(target, Lanes(count), values);
        }
        else
        {
            StorePlainly(values, target, count);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> LoadHalf(float* source, int count) =>
        Avx.IsSupported ? Avx.MaskLoad(source, Half(count)) : count >= Vector256<float>.Count ? Vector256.Load(source) : LoadPlainly(source, count).GetLower();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(Vector256<float> values, float* target, int count)
    {
        if (Avx.IsSupported)
        {
            Avx.MaskStore(target, Half(count), values);
        }
        else
        {
            StorePlainly(Vector512.Create(values, values), target, Math.Min(count, Vector256<float>.Count));
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<float> Half(int count) => Vector256.LessThan(Vector256<int>.Indices, Vector256.Create(count)).AsSingle();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<float> Lanes(int count) => Vector512.LessThan(Vector512<int>.Indices, Vector512.Create(count)).AsSingle();

    private static Vector512<float> LoadPlainly(float* source, int count)
    {
        float* values = stackalloc float[Vector512<float>.Count];
        new ReadOnlySpan<float>(source, Math.Clamp(count, 0, Vector512<float>.Count)).CopyTo(new Span<float>(values, Vector512<float>.Count));
        return Vector512.Load(values);
    }

    private static void StorePlainly(Vector512<float> values, float* target, int count)
    {
        float* all = stackalloc float[Vector512<float>.Count];
        values.Store(all);
        count = Math.Clamp(count, 0, Vector512<float>.Count);
        new ReadOnlySpan<float>(all, count).CopyTo(new Span<float>(target, count));
    }
}
