using BitAnneal.Graphs;
using BitAnneal.Graphs.Operators;
using BitAnneal.Runtime.Kernels;
using BitAnneal.Runtime.Planning;

namespace BitAnneal.Runtime.Steps;

/// <summary>
/// A convolution of reals with codes or with float weights (<c>docs/semantics.md</c>, case 2): per output one chain of float32 fused multiply-adds that
/// starts at the bias. Weights stay packed; a chunk of them at a time becomes reals and serves all output places.
/// </summary>
internal sealed unsafe class RealConvolution : Step
{
    private const int TileLength = 256; // 8 places × 32 channels or 16 × 16, at most.
    private const int ReadBeyond = RealTile.Lanes; // A depthwise kernel reads whole vectors, also at the last channels of the last pixel.

    private readonly Slot input;
    private readonly Extent padding;
    private readonly RealWeights weights;
    private readonly RealPlan plan;
    private readonly RealKernel kernel;
    private readonly bool isPacked;

    public RealConvolution(string node, Slot output, Slot input, Conv2d op, GraphTensor weight, float[]? bias, RealKernel kernel) : base(node, output, input)
    {
        (this.input, padding, this.kernel) = (input, op.Padding, kernel);
        isPacked = weight is QuantizedTensor;
        weights = new RealWeights(weight, bias, op.Groups);
        plan = new RealPlan(op, input, output, weight.Shape[1]);
    }

    public override string Description =>
        $"{(weights.IsDepthwise ? "depthwise " : "")}convolution of {(isPacked ? "packed" : "float")} weights with float activations ({kernel.Name})";

    public override long WeightBytes => weights.ByteCount;

    public override long ScratchBytes => (PanelLength + TileLength + (IsPadded ? (long)plan.Height * plan.Width * input.PixelStride + ReadBeyond : 0)) * sizeof(float);

    private bool IsPadded => padding != new Extent(0, 0);

    private static int PanelLength => RealPlan.MaxElements * 2 * RealTile.Lanes;

    public override void Run(byte* arena)
    {
        float* panel = (float*)arena, sums = panel + PanelLength;
        float* image = IsPadded ? Pad(input.Reals(arena), sums + TileLength) : input.Reals(arena);
        fixed (int* places = plan.Places, runs = plan.Runs)
        {
            foreach (var block in weights.Blocks)
            {
                foreach (var chunk in plan.Chunks)
                {
                    var tile = new RealTile
                    {
                        Input = image + block.FirstInput,
                        Places = places,
                        Runs = runs + chunk.FirstRun,
                        RunCount = chunk.RunCount,
                        RunLength = chunk.Length,
                        Panel = block.Load(chunk.FirstElement, chunk.RunCount * chunk.Length, panel),
                        Vectors = block.Vectors,
                        Start = chunk.FirstElement == 0 ? block.Bias : null,
                    };
                    RunChunk(ref tile, Writes.Reals(arena) + block.FirstOutput, block.Outputs, sums);
                }
            }
        }
    }

    /// <summary>Computes all output places. Sums that go on from an earlier chunk lie in the output already.</summary>
    private void RunChunk(ref RealTile tile, float* target, int outputs, float* sums)
    {
        bool goesOn = tile.Start == null;
        int atOnce = kernel.Places(tile.Vectors), lanes = tile.Vectors * RealTile.Lanes, step = Writes.PixelStride;
        for (int p = 0; p < Writes.Pixels; p += atOnce, tile.Places += atOnce, target += (nint)atOnce * step)
        {
            int count = Math.Min(atOnce, Writes.Pixels - p);
            bool isWhole = count == atOnce && outputs == lanes;
            tile.Sums = isWhole ? target : sums;
            tile.SumStep = isWhole ? step : lanes;
            if (goesOn)
            {
                tile.Start = tile.Sums;
                tile.StartStep = tile.SumStep;
                if (!isWhole)
                {
                    Copy(target, step, sums, lanes, count, outputs);
                }
            }

            if (weights.IsDepthwise)
            {
                kernel.RunDepthwise(in tile);
            }
            else
            {
                kernel.Run(in tile);
            }

            if (!isWhole)
            {
                Copy(sums, lanes, target, step, count, outputs);
            }
        }
    }

    private static void Copy(float* from, int fromStep, float* to, int toStep, int places, int channels)
    {
        for (int p = 0; p < places; p++)
        {
            new ReadOnlySpan<float>(from + p * fromStep, channels).CopyTo(new Span<float>(to + p * toStep, channels));
        }
    }

    /// <summary>Copies the image into a frame of zeros.</summary>
    private float* Pad(float* from, float* image)
    {
        int row = plan.Width * input.PixelStride, inner = input.Width * input.PixelStride, left = padding.X * input.PixelStride;
        new Span<float>(image, padding.Y * row).Clear();
        float* to = image + padding.Y * row;
        for (int y = 0; y < input.Height; y++, from += inner, to += row)
        {
            new Span<float>(to, left).Clear();
            new ReadOnlySpan<float>(from, inner).CopyTo(new Span<float>(to + left, inner));
            new Span<float>(to + left + inner, left).Clear();
        }

        new Span<float>(to, padding.Y * row).Clear();
        return image;
    }
}
