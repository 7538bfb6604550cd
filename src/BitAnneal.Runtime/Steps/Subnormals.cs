using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using BitAnneal.Graphs;
using BitAnneal.Graphs.Operators;

namespace BitAnneal.Runtime.Steps;

/// <summary>
/// Keeps subnormal factors out of multiply-adds, which take a hundred times as long with one. <c>w·x = (w·2⁻²⁴)·(x·2²⁴)</c>: where both
/// scalings are exact, a fused multiply-add rounds the same exact number, so the bits are the same, and no factor is subnormal any more.
/// The usual source are dead channels whose bias is one.
/// </summary>
internal static unsafe class Subnormals
{
    /// <summary>2²⁴ times the least float is normal.</summary>
    private const float Up = 1 << 24;

    private const float Down = 1f / (1 << 24);

    private const int Sign = int.MinValue, Mantissa = (1 << 23) - 1;

    // 2⁻¹⁰² and 2¹⁰⁰ as bits: magnitudes compare as integers. Numbers from the first on stay normal when scaled down; those below the second stay
    // finite when scaled up.
    private const int LeastDown = 25 << 23, EndUp = 227 << 23;

    /// <summary>Whether a network has subnormal parameters, so that its reals may be. Others do without any checks.</summary>
    public static bool OccurIn(Graph graph) =>
        graph.Parameters.Values.Any(p => p is FloatTensor floats ? Any(floats.Values) : p is QuantizedTensor codes && Any(codes.Grid))
        || graph.Nodes.Any(n => n.Operator is Quantize { Grid: { } grid } && Any(grid) || n.Operator is Input { Grid: { } image } && Any(image));

    /// <summary>What some numbers allow.</summary>
    public static Extremes Of(ReadOnlySpan<float> values)
    {
        fixed (float* first = values)
        {
            return Of(first, values.Length);
        }
    }

    /// <summary>What some numbers allow.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static Extremes Of(float* values, long count)
    {
        var least = Vector512.Create(int.MaxValue);
        var largest = Vector512<int>.Zero;
        long i = 0;
        for (; i <= count - Vector512<int>.Count; i += Vector512<int>.Count)
        {
            var magnitude = Vector512.Load((int*)values + i) & Vector512.Create(~Sign);
            largest = Vector512.Max(largest, magnitude);
            least = Vector512.Min(least.AsUInt32(), magnitude.AsUInt32() - Vector512<uint>.One).AsInt32(); // Zeros come last.
        }

        uint from = uint.MaxValue;
        int to = 0;
        for (int lane = 0; lane < Vector512<int>.Count; lane++)
        {
            (from, to) = (Math.Min(from, (uint)least[lane]), Math.Max(to, largest[lane]));
        }

        for (; i < count; i++)
        {
            int magnitude = ((int*)values)[i] & ~Sign;
            (from, to) = (Math.Min(from, (uint)magnitude - 1), Math.Max(to, magnitude));
        }

        return new Extremes(from < Mantissa, from >= LeastDown - 1, to < EndUp);
    }

    /// <summary>Scales numbers exactly, if their extremes allow it; into their own place or another.</summary>
    /// <param name="from">The numbers.</param>
    /// <param name="to">Receives the results.</param>
    /// <param name="count">How many.</param>
    /// <param name="direction">1 for 2²⁴, −1 for 2⁻²⁴.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Scale(float* from, float* to, int count, int direction)
    {
        var factor = Vector512.Create(direction > 0 ? Up : Down);
        int i = 0;
        for (; i <= count - Vector512<float>.Count; i += Vector512<float>.Count)
        {
            var value = Vector512.Load(from + i);
            (direction > 0 ? Scaled(value, factor) : value * factor).Store(to + i); // What fits down has no subnormals.
        }

        for (; i < count; i++)
        {
            to[i] = Scaled(Vector512.Create(from[i]), factor).ToScalar();
        }
    }

    /// <summary>Subnormals through their mantissas, which are integers: their multiplication would be the slow one.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<float> Scaled(Vector512<float> value, Vector512<float> factor)
    {
        var bits = value.AsInt32();
        var magnitude = bits & Vector512.Create(~Sign);
        var isSmall = Vector512.LessThanOrEqual(magnitude, Vector512.Create(Mantissa));
        var normal = Vector512.AndNot(bits, isSmall).AsSingle() * factor;
        var small = Vector512.ConvertToSingle(magnitude & isSmall) * (Vector512.Create(MathF.ScaleB(1, -125)) * (factor * Vector512.Create(Down)));
        return (normal.AsInt32() | small.AsInt32() | (bits & Vector512.Create(Sign))).AsSingle();
    }

    private static bool Any(Grid grid) => Any(grid.Scales.AsSpan()) || Any(grid.Offsets.AsSpan());

    private static bool Any(ReadOnlySpan<float> values) => Of(values).HaveSubnormal;

    /// <summary>How large and how small numbers are.</summary>
    /// <param name="HaveSubnormal">Whether one is subnormal.</param>
    /// <param name="FitDown">Whether times 2⁻²⁴ is exact and normal, or 0, for all.</param>
    /// <param name="FitUp">Whether times 2²⁴ is finite for all.</param>
    internal readonly record struct Extremes(bool HaveSubnormal, bool FitDown, bool FitUp);
}
