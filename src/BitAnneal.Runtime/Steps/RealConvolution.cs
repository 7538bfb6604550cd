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
    private const int ChunksPerThread = 2; // So that a thread that is late takes fewer.
    private const int LeastPlaces = 64; // Of a chunk: the weights are unpacked for each.
    private const int LeastProducts = 100_000; // Of a chunk: a microsecond or two.
    private const int ReadBeyond = RealTile.Lanes; // A depthwise kernel reads whole vectors, also at the last channels of the last pixel.

    private readonly Slot input;
    private readonly Extent padding;
    private readonly RealWeights weights;
    private readonly RealPlan plan;
    private readonly RealKernel kernel;
    private readonly bool isPacked;
    private readonly Subnormals.Extremes? ofWeights; // Only where reals may be subnormal.
    private readonly long products;

    public RealConvolution(string node, Slot output, Slot input, Conv2d op, GraphTensor weight, float[]? bias, RealKernel kernel, bool hasSubnormals = false) : base(node, output, input)
    {
        (this.input, padding, this.kernel) = (input, op.Padding, kernel);
        isPacked = weight is QuantizedTensor;
        products = (long)Math.Min(long.MaxValue / 2, (double)weight.Shape.ElementCount * output.Pixels);
        ofWeights = hasSubnormals ? Subnormals.Of(weight.ToFloats()) : null;
        weights = new RealWeights(weight, bias, op.Groups);
        plan = new RealPlan(op, input, output, weight.Shape[1]);
    }

    public override string Description =>
        $"{(weights.IsDepthwise ? "depthwise " : "")}convolution of {(isPacked ? "packed" : "float")} weights with float activations ({kernel.Name})";

    public override long WeightBytes => weights.ByteCount;

    public override long ScratchBytes => (PanelLength + TileLength + (IsPadded || ofWeights is not null ? (long)plan.Height * plan.Width * input.PixelStride + ReadBeyond : 0)) * sizeof(float);

    private bool IsPadded => padding != new Extent(0, 0);

    private static int PanelLength => RealPlan.MaxElements * 2 * RealTile.Lanes;

    public override void Prepare()
    {
        base.Prepare();
        plan.Prepare();
    }

    public override void Run(byte* arena) => RunChunk(arena, arena, 0, 1);

    /// <summary>Places where there are enough of them, else blocks of output channels.</summary>
    public override int Chunks(int threads)
    {
        int most = threads * ChunksPerThread;
        return (int)Math.Clamp(products / LeastProducts, 1, SplitsPlaces(most) ? most : Math.Min(most, weights.Blocks.Length));
    }

    public override void RunChunk(byte* arena, byte* scratch, int chunk, int chunks)
    {
        int blocks = weights.Blocks.Length;
        bool splitsPlaces = SplitsPlaces(chunks);
        var (firstPlace, endPlace) = splitsPlaces ? (Share(Writes.Pixels, chunk, chunks), Share(Writes.Pixels, chunk + 1, chunks)) : (0, Writes.Pixels);
        var (firstBlock, endBlock) = splitsPlaces ? (0, blocks) : (Share(blocks, chunk, chunks), Share(blocks, chunk + 1, chunks));
        float* panel = (float*)scratch, sums = panel + PanelLength;
        var rows = plan.Rows(firstPlace, endPlace);
        int scaling = ofWeights is { } extremes ? Scaling(input.Reals(arena), rows, extremes) : 0;
        float* image = IsPadded || scaling != 0 ? Pad(input.Reals(arena), sums + TileLength, rows, scaling) : input.Reals(arena);
        fixed (int* places = plan.Places, runs = plan.Runs)
        {
            for (int i = firstBlock; i < endBlock; i++)
            {
                var block = weights.Blocks[i];
                foreach (var part in plan.Chunks)
                {
                    float* loaded = block.Load(part.FirstElement, part.RunCount * part.Length, panel);
                    if (scaling != 0)
                    {
                        Subnormals.Scale(loaded, panel, part.RunCount * part.Length * block.Vectors * RealTile.Lanes, -scaling);
                        loaded = panel;
                    }

                    var tile = new RealTile
                    {
                        Input = image + block.FirstInput,
                        Places = places + firstPlace,
                        Runs = runs + part.FirstRun,
                        RunCount = part.RunCount,
                        RunLength = part.Length,
                        Panel = loaded,
                        Vectors = block.Vectors,
                        Start = part.FirstElement == 0 ? block.Bias : null,
                    };
                    RunPlaces(ref tile, Writes.Reals(arena) + (nint)firstPlace * Writes.PixelStride + block.FirstOutput, endPlace - firstPlace, block.Outputs, sums, scaling > 0 && ofWeights is { FitUp: true });
                }
            }
        }
    }

    private bool SplitsPlaces(int chunks) => Writes.Pixels >= chunks * LeastPlaces;

    /// <summary>Computes output places. Sums that go on from an earlier chunk lie in the output already.</summary>
    private void RunPlaces(ref RealTile tile, float* target, int places, int outputs, float* sums, bool hasHeads)
    {
        bool goesOn = tile.Start == null;
        int atOnce = kernel.Places(tile.Vectors), lanes = tile.Vectors * RealTile.Lanes, step = Writes.PixelStride;
        for (int p = 0; p < places; p += atOnce, tile.Places += atOnce, target += (nint)atOnce * step)
        {
            int count = Math.Min(atOnce, places - p);
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
            else if (hasHeads)
            {
                SubnormalHead.Run(kernel, in tile);
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

    /// <summary>Whether factors are subnormal that need not be: 1 to scale the image up and the weights down, −1 for the reverse, 0 to leave them.</summary>
    private int Scaling(float* reals, (int First, int End) rows, Subnormals.Extremes ofWeights)
    {
        int first = Math.Clamp(rows.First - padding.Y, 0, input.Height), end = Math.Clamp(rows.End - padding.Y, first, input.Height);
        long row = (long)input.Width * input.PixelStride;
        var ofImage = Subnormals.Of(reals + first * row, (end - first) * row);
        return ofImage is { HaveSubnormal: true, FitUp: true } && ofWeights.FitDown ? 1
            : ofWeights is { HaveSubnormal: true, FitUp: true } && ofImage.FitDown ? -1
            : 0;
    }

    /// <summary>Copies rows of the image into a frame of zeros.</summary>
    private float* Pad(float* from, float* image, (int First, int End) rows, int scaling)
    {
        int row = plan.Width * input.PixelStride, inner = input.Width * input.PixelStride, left = padding.X * input.PixelStride;
        for (int y = rows.First; y < rows.End; y++)
        {
            var to = new Span<float>(image + (nint)y * row, row);
            if (y < padding.Y || y >= padding.Y + input.Height)
            {
                to.Clear();
                continue;
            }

            to[..left].Clear();
            float* source = from + (nint)(y - padding.Y) * inner;
            if (scaling == 0)
            {
                new ReadOnlySpan<float>(source, inner).CopyTo(to[left..]);
            }
            else
            {
                Subnormals.Scale(source, image + (nint)y * row + left, inner, scaling);
            }

            to[(left + inner)..].Clear();
        }

        return image;
    }
}
