using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using BitAnneal.Graphs;
using BitAnneal.Runtime.Planning;

namespace BitAnneal.Runtime.Steps;

/// <summary>Reals to codes: clamp(roundHalfEven((x − offset)/scale)) in float64.</summary>
internal sealed unsafe class QuantizeReals(string node, Slot output, Slot input) : SharedStep(node, output, input)
{
    public override string Description => "quantize";

    protected override double PartNanoseconds => (IsUniform ? 0.25 : 10) * Writes.Channels;

    private bool IsUniform => !Writes.Grid!.IsPerChannel && Writes.PixelStride == Reads[0].PixelStride;

    protected override void RunParts(byte* arena, int first, int end)
    {
        var grid = Writes.Grid!;
        float* x = Reads[0].Reals(arena);
        short* codes = Writes.Codes(arena);
        if (IsUniform)
        {
            int start = first * Writes.PixelStride;
            Uniform(x + start, codes + start, end * Writes.PixelStride - start, grid);
            return;
        }

        for (int i = first; i < end; i++)
        {
            for (int c = 0; c < Writes.Channels; c++)
            {
                codes[i * Writes.PixelStride + c] = (short)(grid.Quantize(x[i * Reads[0].PixelStride + c], c) - grid.MinCode);
            }
        }
    }

    /// <summary>
    /// Sixteen values at a time. A position that was clipped to the codes lies far below 2⁵¹, so adding 3·2⁵¹ rounds it to an integer, ties to even, and
    /// leaves that integer in the lowest bits.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Uniform(float* x, short* codes, int count, Grid grid)
    {
        int i = 0;
        var affine = new Affine(grid);
        for (; i <= count - Vector512<float>.Count; i += Vector512<float>.Count)
        {
            var (low, high) = Vector512.Widen(Vector512.Load(x + i));
            var words = Vector512.Narrow(affine.Codes(low), affine.Codes(high));
            Vector256.Narrow(words.GetLower(), words.GetUpper()).Store(codes + i);
        }

        for (; i < count; i++)
        {
            codes[i] = (short)(grid.Quantize(x[i]) - grid.MinCode);
        }
    }

    private readonly struct Affine(Grid grid)
    {
        private const double Magic = 3L << 51; // Even, so that ties keep their parity.

        private readonly Vector512<double> offset = Vector512.Create((double)grid.Offset(0)), scale = Vector512.Create((double)grid.Scale(0));
        private readonly Vector512<double> min = Vector512.Create((double)grid.MinCode), max = Vector512.Create((double)grid.MaxCode);
        private readonly Vector512<long> lowest = Vector512.Create((long)grid.MinCode);

        /// <summary>Codes counted from the lowest, in the low half of every lane.</summary>
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public Vector512<long> Codes(Vector512<double> value)
        {
            var position = (value - offset) / scale;
            position = Vector512.ConditionalSelect(Vector512.GreaterThan(position, min), position, min); // NaN becomes the lowest code.
            position = Vector512.ConditionalSelect(Vector512.LessThan(position, max), position, max);
            return ((position + Vector512.Create(Magic)).AsInt64() - lowest) & Vector512.Create(0xffffL);
        }
    }
}

/// <summary>Codes on one grid to codes on another, by a table per channel.</summary>
internal sealed unsafe class Requantize : SharedStep
{
    private const int Codes = 256;

    private readonly short[] table; // for every channel of either grid
    private readonly bool perChannel;

    public Requantize(string node, Slot output, Slot input) : base(node, output, input)
    {
        perChannel = input.Grid!.IsPerChannel || output.Grid!.IsPerChannel;
        table = [.. Enumerable.Range(0, perChannel ? input.Channels : 1).SelectMany(c => Table(input.Grid!, output.Grid!, c))];
    }

    /// <summary>The code on another grid of every code of a channel, both counted from the lowest.</summary>
    public static short[] Table(Grid from, Grid to, int channel) =>
        [.. Enumerable.Range(from.MinCode, Codes).Select(code => (short)(to.Quantize(from.Dequantize(Math.Min(code, from.MaxCode), channel), channel) - to.MinCode))];

    public override string Description => "quantize codes by table";

    protected override double PartNanoseconds => Writes.Channels;

    protected override void RunParts(byte* arena, int first, int end)
    {
        short* x = Reads[0].Codes(arena);
        short* codes = Writes.Codes(arena);
        for (int i = first; i < end; i++)
        {
            for (int c = 0; c < Writes.Channels; c++)
            {
                int place = i * Writes.PixelStride + c;
                codes[place] = table[(perChannel ? c * Codes : 0) + x[place]];
            }
        }
    }
}

/// <summary>Codes to reals, by a table of <see cref="Grid.Dequantize"/> per channel.</summary>
internal sealed unsafe class Dequantize : SharedStep
{
    private readonly float[] table;
    private readonly bool perChannel;

    public Dequantize(string node, Slot output, Slot input) : base(node, output, input)
    {
        var grid = input.Grid!;
        perChannel = grid.IsPerChannel;
        table = new float[256 * (perChannel ? input.Channels : 1)];
        for (int i = 0; i < table.Length; i++)
        {
            table[i] = grid.Dequantize(Math.Min(grid.MinCode + i % 256, grid.MaxCode), i / 256);
        }
    }

    public override string Description => "dequantize";

    protected override double PartNanoseconds => Writes.Channels;

    protected override void RunParts(byte* arena, int first, int end)
    {
        short* x = Reads[0].Codes(arena);
        float* y = Writes.Reals(arena);
        for (int i = first; i < end; i++)
        {
            for (int c = 0; c < Writes.Channels; c++)
            {
                y[i * Writes.PixelStride + c] = table[(perChannel ? c * 256 : 0) + x[i * Reads[0].PixelStride + c]];
            }
        }
    }
}
