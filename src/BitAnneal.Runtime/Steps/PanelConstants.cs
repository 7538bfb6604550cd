using System.Runtime.Intrinsics;
using BitAnneal.Graphs;
using BitAnneal.Runtime.Kernels;
using BitAnneal.Runtime.Planning;

namespace BitAnneal.Runtime.Steps;

/// <summary>What the end of an integer convolution needs per output channel and border class.</summary>
internal sealed unsafe class PanelConstants
{
    private const int Lanes = Tile.Lanes;

    private readonly double[] scale = new double[Lanes], offset = new double[Lanes], bias = new double[Lanes];
    private readonly double[] weightSums, corrections; // W and m_x·U_w + m_w·m_x·n, per class and lane
    private readonly double[] taps; // n per class
    private readonly int lanes;

    public PanelConstants(WeightPanels.Panel panel, QuantizedTensor weight, float[]? biases, ConvolutionGeometry geometry, int inputMin)
    {
        lanes = panel.Lanes;
        weightSums = new double[geometry.ClassCount * Lanes];
        corrections = new double[geometry.ClassCount * Lanes];
        taps = new double[geometry.ClassCount];
        for (int lane = 0; lane < lanes; lane++)
        {
            int o = panel.FirstOutput + lane;
            (scale[lane], offset[lane], bias[lane]) = (weight.Grid.Scale(o), weight.Grid.Offset(o), biases?[o] ?? 0);
        }

        for (int rc = 0; rc < geometry.RowRanges.Length; rc++)
        {
            for (int cc = 0; cc < geometry.ColumnRanges.Length; cc++)
            {
                Fill(rc * geometry.ColumnRanges.Length + cc, geometry.RowRanges[rc], geometry.ColumnRanges[cc], panel, weight, inputMin);
            }
        }
    }

    /// <summary>Turns sums into reals, in the order of operations that <c>docs/semantics.md</c> prescribes, and rounds once to float32.</summary>
    public void Finish(double* products, int windowSum, int borderClass, double sx, double ox, int inputMin, int weightMin, float* target)
    {
        double n = taps[borderClass];
        double tail = sx * (windowSum + inputMin * n) + ox * n;
        var input = Vector512.Create(sx);
        var inputOffset = Vector512.Create(ox);
        var common = Vector512.Create((double)weightMin * windowSum);
        var tails = Vector512.Create(tail);
        fixed (double* s = scale, o = offset, b = bias, w = &weightSums[borderClass * Lanes], c = &corrections[borderClass * Lanes])
        {
            var low = Real(products, s, o, b, w, c);
            var high = Real(products + 8, s + 8, o + 8, b + 8, w + 8, c + 8);
            var reals = Vector512.Narrow(low, high);
            if (lanes == Lanes)
            {
                reals.Store(target);
                return;
            }

            float* results = stackalloc float[Lanes];
            reals.Store(results);
            new ReadOnlySpan<float>(results, lanes).CopyTo(new Span<float>(target, lanes));
        }

        Vector512<double> Real(double* products, double* scale, double* offset, double* bias, double* weightSum, double* correction)
        {
            var a = Vector512.Load(products) + (Vector512.Load(correction) + common);
            return Vector512.Load(scale) * (input * a + inputOffset * Vector512.Load(weightSum)) + Vector512.Load(offset) * tails + Vector512.Load(bias);
        }
    }

    private void Fill(int index, (int First, int End) rows, (int First, int End) columns, WeightPanels.Panel panel, QuantizedTensor weight, int inputMin)
    {
        int inputs = weight.Shape[1], height = weight.Shape[2], width = weight.Shape[3];
        long n = (long)(rows.End - rows.First) * (columns.End - columns.First) * inputs;
        taps[index] = n;
        for (int lane = 0; lane < lanes; lane++)
        {
            long unsigned = 0;
            for (int c = 0; c < inputs; c++)
            {
                for (int ky = rows.First; ky < rows.End; ky++)
                {
                    for (int kx = columns.First; kx < columns.End; kx++)
                    {
                        unsigned += weight.Codes[(((panel.FirstOutput + lane) * inputs + c) * height + ky) * width + kx];
                    }
                }
            }

            weightSums[index * Lanes + lane] = unsigned + weight.Grid.MinCode * n;
            corrections[index * Lanes + lane] = (double)inputMin * unsigned + (double)weight.Grid.MinCode * inputMin * n;
        }
    }
}
