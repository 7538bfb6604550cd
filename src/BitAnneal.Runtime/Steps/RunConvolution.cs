using System.Collections.Immutable;
using System.Numerics;
using BitAnneal.Graphs;
using BitAnneal.Runtime.Kernels;
using BitAnneal.Runtime.Planning;

namespace BitAnneal.Runtime.Steps;

/// <summary>A convolution of packed codes with packed codes, and what follows it, tile by tile: the sums never leave the cache.</summary>
internal sealed unsafe class RunConvolution : Step
{
    private const int ChunksPerThread = 1; // By measurement: with 2, ResNet-18 took 8 % longer on two quiet cores, for each chunk reads the weights anew.

    private readonly PackedSlot input;
    private readonly RunPanels panels;
    private readonly RunFamily family;
    private readonly LayerShape shape;
    private readonly Epilogue epilogue;
    private readonly WindowSums? windowSums;
    private readonly GroupWindowSums? groupSums; // instead, where there are groups of channels
    private readonly Dictionary<RunKernel, int> steps;
    private readonly ConvolutionGeometry geometry;
    private readonly int[] runs;
    private int[] places = [];
    private readonly int outputPlaces, outputs, runLength, sumsLength, unpackedBytes, spreadLength, placeStep, channelStep;

    /// <summary>Plans the layer.</summary>
    /// <param name="node">Of the convolution.</param>
    /// <param name="results">What the epilogue writes.</param>
    /// <param name="reads">Input, and the shortcut if there is one.</param>
    /// <param name="geometry">Of the convolution.</param>
    /// <param name="output">Shape of its result.</param>
    /// <param name="weight">Its weights.</param>
    /// <param name="family">The kernels that read them.</param>
    /// <param name="epilogue">What follows the sums.</param>
    /// <param name="needsWindowSums">Whether a zero point of the weights makes U_x matter.</param>
    public RunConvolution(string node, Slot[] results, Slot[] reads, ConvolutionGeometry geometry, Slot output, QuantizedTensor weight, RunFamily family, Epilogue epilogue, bool needsWindowSums)
        : base(node, results[0], reads)
    {
        (input, panels, this.family, this.epilogue, AllWrites) = ((PackedSlot)reads[0], new RunPanels(weight, family, geometry.Operator.Groups), family, epilogue, [.. results]);
        this.geometry = geometry;
        windowSums = needsWindowSums && geometry.Operator.Groups == 1 ? new WindowSums(input, geometry, output) : null;
        groupSums = needsWindowSums && geometry.Operator.Groups > 1 ? new GroupWindowSums(input, geometry, output, family) : null;
        (outputPlaces, outputs) = (output.Pixels, output.Channels);
        var op = geometry.Operator;
        int runPixels = op.Dilation.X == 1 && panels.Slices.IsWhole ? op.Kernel.X : 1;
        shape = new LayerShape(output.Width, op.Stride.X, runPixels);
        runLength = runPixels * panels.Slices.Length;
        runs = [.. Enumerable.Range(0, op.Kernel.Y * (op.Kernel.X / runPixels))
            .Select(r => (r / (op.Kernel.X / runPixels) * op.Dilation.Y * input.RowBytes) + (r % (op.Kernel.X / runPixels) * op.Dilation.X * input.PixelBytes))];
        steps = Kernels().Distinct().ToDictionary(k => k, k => family.Steps(weight, runPixels, k));
        spreadLength = groupSums is null ? 0 : Kernels().Max(k => Tiles(k) * k.Places) * Epilogue.Block;
        sumsLength = Kernels().Max(k => Tiles(k) * k.Places * Math.Max(k.Channels, Epilogue.Block));
        placeStep = Kernels().Select(k => k.Places).Distinct().Aggregate(1, (a, b) => a / (int)BigInteger.GreatestCommonDivisor(a, b) * b);
        channelStep = Kernels().Max(k => Math.Max(k.Channels, Epilogue.Block));
        unpackedBytes = panels.IsPacked ? checked(Kernels().Max(k => Math.Max(k.Channels, Epilogue.Block)) / family.PanelChannels * panels.PanelBytes) : 0;
    }

    public override ImmutableArray<Slot> AllWrites { get; }

    public override Slot? Replaces => Writes.IsCodes ? null : Reads.ElementAtOrDefault(1); // The shortcut.

    public override string Description => $"{string.Join(" + ", Kernels().Select(k => k.Name).Distinct())}: {epilogue.Description}";

    public override long WeightBytes => panels.ByteCount + (groupSums?.WeightBytes ?? 0);

    public override long ScratchBytes => unpackedBytes + sizeof(int) * checked(sumsLength + WindowsLength);

    public override void Prepare()
    {
        base.Prepare();
        geometry.Prepare();
        groupSums?.Prepare();
        var (op, width, most) = (geometry.Operator, shape.OutputWidth, Kernels().Max(k => k.Places));
        places = [.. Enumerable.Range(0, outputPlaces + most).Select(i => Math.Min(i, outputPlaces - 1))
            .Select(i => input.OffsetOf(i / width * op.Stride.Y - op.Padding.Y, i % width * op.Stride.X - op.Padding.X))];
    }

    public override void Run(byte* arena) => RunChunk(arena, arena, 0, 1);

    /// <summary>Rows of the image where there are enough of them, else blocks of output channels.</summary>
    public override int Chunks(int threads) => Math.Max(1, Math.Min(threads * ChunksPerThread, SplitsPlaces(threads) ? outputPlaces / placeStep : (outputs + channelStep - 1) / channelStep));

    public override void RunChunk(byte* arena, byte* scratch, int chunk, int chunks)
    {
        if (chunk == 0)
        {
            ClearBorders(arena);
        }

        if (outputPlaces / placeStep >= chunks)
        {
            int steps = (outputPlaces + placeStep - 1) / placeStep;
            RunPart(arena, scratch, Share(steps, chunk, chunks) * placeStep, Math.Min(outputPlaces, Share(steps, chunk + 1, chunks) * placeStep), 0, outputs);
        }
        else
        {
            int steps = (outputs + channelStep - 1) / channelStep;
            RunPart(arena, scratch, 0, outputPlaces, Share(steps, chunk, chunks) * channelStep, Math.Min(outputs, Share(steps, chunk + 1, chunks) * channelStep));
        }
    }

    private long WindowsLength => groupSums is null ? (long)outputPlaces + (windowSums?.ScratchLength ?? 0) : (long)spreadLength + groupSums.ScratchLength;

    private bool SplitsPlaces(int threads) => outputPlaces / placeStep >= threads * ChunksPerThread;

    private void RunPart(byte* arena, byte* scratch, int firstPlace, int endPlace, int firstChannel, int endChannel)
    {
        int* sums = (int*)(scratch + unpackedBytes), windows = sums + sumsLength;
        if (endPlace <= firstPlace)
        {
            return;
        }

        int firstRow = firstPlace / shape.OutputWidth, endRow = (endPlace - 1) / shape.OutputWidth + 1;
        if (groupSums is not null)
        {
            groupSums.Fill(arena, windows + spreadLength, firstRow, endRow);
        }
        else if (windowSums is null)
        {
            new Span<int>(windows + firstPlace, endPlace - firstPlace).Clear();
        }
        else
        {
            windowSums.Fill(arena, windows + outputPlaces, windows, firstRow, endRow);
        }

        for (int channel = firstChannel; channel < endChannel;)
        {
            int panel = channel / family.PanelChannels, left = (endChannel - channel + family.PanelChannels - 1) / family.PanelChannels;
            var kernel = family.Choose(panels.Slices.Same(panel, left), shape);
            int channels = Math.Max(kernel.Channels, Epilogue.Block); // Small panels make up a block together.
            Channels(arena, scratch, kernel, channel, Math.Min(channels, endChannel - channel), firstPlace, endPlace, sums, windows);
            channel += channels;
        }
    }

    /// <summary>A few tiles of the kernel, then what follows them.</summary>
    private void Channels(
        byte* arena, byte* scratch, RunKernel kernel, int channel, int channels, int beginPlace, int endPlace, int* sums, int* windows)
    {
        int kernelPlaces = kernel.Places, kernelChannels = kernel.Channels, tiles = Tiles(kernel);
        int calls = (channels + kernelChannels - 1) / kernelChannels, size = tiles * kernelPlaces * kernelChannels;
        int perCall = kernelChannels / family.PanelChannels, panel = channel / family.PanelChannels;
        byte* weights = panels.Get(panel, calls * perCall, scratch);
        fixed (int* firstPlace = places, firstRun = runs)
        {
            var tile = new RunTile
            {
                Runs = firstRun,
                RunCount = runs.Length,
                RunLength = runLength,
                Steps = steps[kernel],
                PanelStep = panels.PanelBytes,
            };
            for (int place = beginPlace, count; place < endPlace; place += count)
            {
                count = Math.Min(tiles * kernelPlaces, endPlace - place);
                for (int i = 0; i < calls; i++)
                {
                    tile.Begin = panels.Begin(panel + i * perCall);
                    tile.Panel = weights + (nint)i * perCall * panels.PanelBytes;
                    tile.Input = arena + input.Offset + (nint)panels.Slices.Start(panel + i * perCall) * input.Layout.GroupBytes;
                    tile.Places = firstPlace + place;
                    tile.Sums = sums + i * size;
                    kernel.Run(ref tile, (count + kernelPlaces - 1) / kernelPlaces);
                }

                for (int c = 0; c < channels; c += Epilogue.Block)
                {
                    var block = new BlockSums(Sums(c), Sums(c + 16), Sums(c + 32), Sums(c + 48), kernelChannels);
                    groupSums?.Spread(windows + spreadLength, place, count, channel + c, windows);
                    epilogue.Finish(arena, block, place, count, channel + c, new Windows(groupSums is null ? windows + place : windows, groupSums is not null));
                }
            }
        }

        int* Sums(int c) => c < calls * kernelChannels ? sums + c / kernelChannels * size + c % kernelChannels : sums;
    }

    /// <summary>Tiles of a kernel whose sums are finished together.</summary>
    private int Tiles(RunKernel kernel) => Math.Max(1, Epilogue.MostPlaces(outputs) / kernel.Places);

    private IEnumerable<RunKernel> Kernels()
    {
        for (int panel = 0; panel < panels.Count;)
        {
            var kernel = family.Choose(panels.Slices.Same(panel, panels.Count - panel), shape);
            yield return kernel;
            panel += Math.Max(1, kernel.Channels / family.PanelChannels);
        }
    }
}
