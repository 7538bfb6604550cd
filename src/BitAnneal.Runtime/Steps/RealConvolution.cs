using System.Runtime.Intrinsics;
using BitAnneal.Graphs;
using BitAnneal.Runtime.Kernels;
using BitAnneal.Runtime.Planning;

namespace BitAnneal.Runtime.Steps;

/// <summary>
/// A convolution of reals with codes (case 2 of <c>docs/semantics.md</c>: y = s_w·Σq_w·x + o_w·Σx + bias) or with float weights (case 3).
/// Each of 16 output channels adds up in float64 in the prescribed order; products of float32 are exact, so fusing changes nothing.
/// </summary>
internal sealed unsafe class RealConvolution : Step
{
    private const int Lanes = Tile.Lanes;

    private readonly Slot input;
    private readonly ConvolutionGeometry geometry;
    private readonly WeightPanels? packed;
    private readonly float[]? floats; // O × I × Ky × Kx
    private readonly double[] scale, offset, bias;
    private readonly int outputs, inputs, taps, perGroup;
    private readonly int minCode;

    public RealConvolution(string node, Slot output, Slot input, ConvolutionGeometry geometry, GraphTensor weight, float[]? bias) : base(node, output, input)
    {
        this.input = input;
        this.geometry = geometry;
        (outputs, inputs, taps) = (weight.Shape[0], weight.Shape[1], weight.Shape[2] * weight.Shape[3]);
        perGroup = outputs / geometry.Operator.Groups;
        var grid = (weight as QuantizedTensor)?.Grid;
        packed = weight is QuantizedTensor codes ? WeightPanels.Build(codes, geometry.Operator.Groups) : null;
        floats = packed is null ? weight.ToFloats() : null;
        minCode = grid?.MinCode ?? 0;
        scale = [.. Enumerable.Range(0, outputs).Select(o => (double)(grid?.Scale(o) ?? 1))];
        offset = [.. Enumerable.Range(0, outputs).Select(o => (double)(grid?.Offset(o) ?? 0))];
        this.bias = [.. Enumerable.Range(0, outputs).Select(o => (double)(bias?[o] ?? 0))];
    }

    public override string Description => packed is null ? "float convolution" : "convolution of packed weights with float activations";

    public override long WeightBytes => packed?.ByteCount ?? (long)floats!.Length * sizeof(float);

    public override long ScratchBytes => (long)taps * inputs * Lanes * sizeof(double) + (packed is null ? 0 : (long)packed.PanelLength * sizeof(short));

    public override void Run(byte* arena)
    {
        double* panel = (double*)arena;
        for (int first = 0, i = 0; first < outputs; i++)
        {
            int lanes = Math.Min(Lanes, perGroup - first % perGroup);
            if (packed is null)
            {
                Spread(panel, first, lanes);
            }
            else
            {
                Spread(panel, packed.Panels[i].Weights, (short*)(panel + taps * inputs * Lanes));
            }

            RunPanel(arena, panel, first, lanes);
            first += lanes;
        }
    }

    private void RunPanel(byte* arena, double* panel, int firstOutput, int lanes)
    {
        var op = geometry.Operator;
        float* x = input.Reals(arena) + firstOutput / perGroup * inputs;
        double* sums = stackalloc double[Lanes];
        for (int place = 0; place < Writes.Pixels; place++)
        {
            int oy = place / Writes.Width, ox = place % Writes.Width;
            var (firstRow, endRow) = geometry.RowRanges[geometry.RowClass[oy]];
            var (firstColumn, endColumn) = geometry.ColumnRanges[geometry.ColumnClass[ox]];
            Vector512<double> low = default, high = default;
            double inputSum = 0;
            for (int ky = firstRow; ky < endRow; ky++)
            {
                nint y = (nint)oy * op.Stride.Y - op.Padding.Y + (nint)ky * op.Dilation.Y;
                for (int kx = firstColumn; kx < endColumn; kx++)
                {
                    nint column = (nint)ox * op.Stride.X - op.Padding.X + (nint)kx * op.Dilation.X;
                    float* pixel = x + (y * input.Width + column) * input.PixelStride;
                    double* w = panel + (nint)(ky * op.Kernel.X + kx) * inputs * Lanes;
                    for (int c = 0; c < inputs; c++, w += Lanes)
                    {
                        double value = pixel[c];
                        inputSum += value;
                        var v = Vector512.Create(value);
                        low = Vector512.FusedMultiplyAdd(Vector512.Load(w), v, low);
                        high = Vector512.FusedMultiplyAdd(Vector512.Load(w + Lanes / 2), v, high);
                    }
                }
            }

            low.Store(sums);
            high.Store(sums + Lanes / 2);
            float* target = Writes.Reals(arena) + (nint)place * Writes.PixelStride + firstOutput;
            for (int lane = 0; lane < lanes; lane++)
            {
                int o = firstOutput + lane;
                double y = packed is null ? sums[lane] : scale[o] * sums[lane] + offset[o] * inputSum;
                target[lane] = (float)(y + bias[o]);
            }
        }
    }

    private void Spread(double* panel, int first, int lanes)
    {
        new Span<double>(panel, taps * inputs * Lanes).Clear();
        for (int i = 0; i < taps * inputs; i++)
        {
            for (int lane = 0; lane < lanes; lane++)
            {
                panel[i * Lanes + lane] = floats![((first + lane) * inputs + i % inputs) * taps + i / inputs];
            }
        }
    }

    private void Spread(double* panel, PackedPanel weights, short* codes)
    {
        weights.Unpack(codes);
        for (int i = 0; i < taps * inputs; i++)
        {
            short* pair = codes + ((nint)(i / inputs) * packed!.Pairs + i % inputs / 2) * 2 * Lanes + i % inputs % 2;
            for (int lane = 0; lane < Lanes; lane++)
            {
                panel[i * Lanes + lane] = pair[2 * lane] + minCode;
            }
        }
    }
}
