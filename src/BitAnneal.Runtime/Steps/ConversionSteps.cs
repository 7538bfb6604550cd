using System.Runtime.Intrinsics;
using BitAnneal.Graphs;
using BitAnneal.Runtime.Planning;

namespace BitAnneal.Runtime.Steps;

/// <summary>Reals to codes: clamp(roundHalfEven((x − offset)/scale)) in float64.</summary>
internal sealed unsafe class QuantizeReals(string node, Slot output, Slot input) : Step(node, output, input)
{
    public override string Description => "quantize";

    public override void Run(byte* arena)
    {
        var grid = Writes.Grid!;
        float* x = Reads[0].Reals(arena);
        short* codes = Writes.Codes(arena);
        if (!grid.IsPerChannel && Writes.PixelStride == Reads[0].PixelStride)
        {
            Uniform(x, codes, Writes.Pixels * Writes.PixelStride, grid);
            return;
        }

        for (int i = 0; i < Writes.Pixels; i++)
        {
            for (int c = 0; c < Writes.Channels; c++)
            {
                codes[i * Writes.PixelStride + c] = (short)(grid.Quantize(x[i * Reads[0].PixelStride + c], c) - grid.MinCode);
            }
        }
    }

    private static void Uniform(float* x, short* codes, int count, Grid grid)
    {
        var offset = Vector256.Create((double)grid.Offset(0));
        var scale = Vector256.Create((double)grid.Scale(0));
        var min = Vector256.Create((double)grid.MinCode);
        var max = Vector256.Create((double)grid.MaxCode);
        int i = 0;
        for (; i <= count - 4; i += 4)
        {
            var value = Vector256.Create(x[i], x[i + 1], x[i + 2], (double)x[i + 3]);
            var position = Vector256.Round((value - offset) / scale);
            position = Vector256.Min(Vector256.Max(position, min), max) - min;
            for (int j = 0; j < 4; j++)
            {
                double code = position[j];
                codes[i + j] = code > 0 ? (short)code : (short)0; // NaN becomes the lowest code, as in Grid.Quantize.
            }
        }

        for (; i < count; i++)
        {
            codes[i] = (short)(grid.Quantize(x[i]) - grid.MinCode);
        }
    }
}

/// <summary>Codes on one grid to codes on another, by a table per channel.</summary>
internal sealed unsafe class Requantize : Step
{
    private readonly short[] table; // 256 entries per channel of either grid
    private readonly bool perChannel;

    public Requantize(string node, Slot output, Slot input) : base(node, output, input)
    {
        var (from, to) = (input.Grid!, output.Grid!);
        perChannel = from.IsPerChannel || to.IsPerChannel;
        table = new short[256 * (perChannel ? input.Channels : 1)];
        for (int i = 0; i < table.Length; i++)
        {
            int c = i / 256, code = Math.Min(from.MinCode + i % 256, from.MaxCode);
            table[i] = (short)(to.Quantize(from.Dequantize(code, c), c) - to.MinCode);
        }
    }

    public override string Description => "quantize codes by table";

    public override void Run(byte* arena)
    {
        short* x = Reads[0].Codes(arena);
        short* codes = Writes.Codes(arena);
        for (int i = 0; i < Writes.Pixels; i++)
        {
            for (int c = 0; c < Writes.Channels; c++)
            {
                int place = i * Writes.PixelStride + c;
                codes[place] = table[(perChannel ? c * 256 : 0) + x[place]];
            }
        }
    }
}

/// <summary>Codes to reals, by a table of <see cref="Grid.Dequantize"/> per channel.</summary>
internal sealed unsafe class Dequantize : Step
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

    public override void Run(byte* arena)
    {
        short* x = Reads[0].Codes(arena);
        float* y = Writes.Reals(arena);
        for (int i = 0; i < Writes.Pixels; i++)
        {
            for (int c = 0; c < Writes.Channels; c++)
            {
                y[i * Writes.PixelStride + c] = table[(perChannel ? c * 256 : 0) + x[i * Reads[0].PixelStride + c]];
            }
        }
    }
}
