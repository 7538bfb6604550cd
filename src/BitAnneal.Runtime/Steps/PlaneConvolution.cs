using System.Collections.Immutable;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using BitAnneal.Graphs;
using BitAnneal.Runtime.Kernels;
using BitAnneal.Runtime.Kernels.Lookup;
using BitAnneal.Runtime.Planning;

namespace BitAnneal.Runtime.Steps;

/// <summary>
/// A 3-wide convolution of few channels of 2-bit codes, and what follows it, with output places for lanes: 128 at a time. The codes come as bytes, channels
/// side by side; a plane per channel is made of them in scratch memory, so what writes them and what follows is the same as for other kernels.
/// </summary>
internal sealed unsafe class PlaneConvolution : Step
{
    /// <summary>What is subtracted from weight codes.</summary>
    public const int WeightBias = ProductTables.WeightBias;

    private const int Taps = 3, Lanes = 64, Places = PlaneLookup512.Places, MostOutputs = 2 * Planes.Quarter;

    private readonly PackedSlot input;
    private readonly Slot output;
    private readonly Epilogue epilogue;
    private readonly PinnedBytes weights, spans, excess; // tiles of four output channels, as the kernel reads them
    private readonly bool needsWindowSums;
    private readonly int kernelRows, paddingRows, outputs, spansOfTile, planeBytes, foursBytes;
    private readonly ConvolutionGeometry geometry;

    /// <summary>Plans the layer.</summary>
    /// <param name="node">Of the convolution.</param>
    /// <param name="results">What the epilogue writes.</param>
    /// <param name="reads">Input, packed as bytes, and the shortcut if there is one.</param>
    /// <param name="geometry">Of the convolution.</param>
    /// <param name="output">Shape of its result.</param>
    /// <param name="weight">Its weights.</param>
    /// <param name="epilogue">What follows the sums.</param>
    /// <param name="needsWindowSums">Whether a zero point of the weights makes U_x matter.</param>
    public PlaneConvolution(string node, Slot[] results, Slot[] reads, ConvolutionGeometry geometry, Slot output, QuantizedTensor weight, Epilogue epilogue, bool needsWindowSums)
        : base(node, results[0], reads)
    {
        (input, this.output, this.epilogue, AllWrites) = ((PackedSlot)reads[0], output, epilogue, [.. results]);
        this.needsWindowSums = needsWindowSums;
        (kernelRows, paddingRows) = (geometry.Operator.Kernel.Y, geometry.Operator.Padding.Y);
        outputs = (weight.Shape[0] + Planes.Quarter - 1) / Planes.Quarter * Planes.Quarter;
        this.geometry = geometry;
        int pixels = checked((input.Height + 2 * paddingRows) * input.Width);
        foursBytes = checked((pixels + Lanes - 1) / Lanes * Lanes * Planes.Quarter);
        planeBytes = foursBytes / Planes.Quarter + Places; // The last places may lie beyond the image.
        weights = Packed(weight);
        (spans, spansOfTile) = Spans(weight);
        excess = new PinnedBytes(outputs * sizeof(ushort));
        for (int i = 0; i < weight.Shape.ElementCount; i++)
        {
            ((ushort*)excess.Start)[i / weight.ChannelStride] += (ushort)ProductTables.Excess(weight.Codes[i]);
        }
    }

    public override ImmutableArray<Slot> AllWrites { get; }

    public override Slot? Replaces => Writes.IsCodes ? null : Reads.ElementAtOrDefault(1); // The shortcut.

    public override string Description => $"lookup vpermb 3 x 2-bit, places: {epilogue.Description}";

    public override long WeightBytes => weights.Count + spans.Count + excess.Count;

    public override long ScratchBytes =>
        (long)input.Channels * planeBytes + Math.Max((long)foursBytes * input.Channels / Planes.Quarter, SumsBytes) + sizeof(int) * ((long)output.Pixels + Lanes + planeBytes);

    private long SumsBytes => outputs * (Places * sizeof(ushort) + Lanes * sizeof(int));

    /// <summary>Whether this step can carry out a layer, and pays.</summary>
    /// <param name="view">The layer.</param>
    /// <param name="shape">Of its input.</param>
    /// <param name="set">What may be used.</param>
    public static bool Serves(LayerView view, TensorShape shape, KernelSet set)
    {
        var op = view.Operator;
        bool fits = op is { Groups: 1, Kernel.X: Taps, Padding.X: 1 } && op.Stride == 1 && op.Dilation == 1
            && shape is { Rank: 3 } && shape[0] is Planes.Quarter or 2 * Planes.Quarter && view.Weight.Shape[0] is >= PlaneLookup512.Channels and <= MostOutputs
            && shape[2] % 4 == 0 && shape[1] * shape[2] >= Places && shape[1] + 2 * op.Padding.Y >= op.Kernel.Y;
        return fits && view.Weight.Grid.LevelCount <= 4 && view.Input.LevelCount <= 4 && set is KernelSet.Auto or KernelSet.Avx512 && LookupFamily.IsSupported512
            && view.Weight.ChannelStride * (view.Weight.Grid.LevelCount - 1) * (view.Input.LevelCount - 1) <= short.MaxValue;
    }

    public override void Prepare()
    {
        base.Prepare();
        geometry.Prepare();
    }

    public override void Run(byte* arena) => RunChunk(arena, arena, 0, 1);

    public override int Chunks(int threads) => Math.Min(threads, (output.Pixels + Places - 1) / Places);

    public override void RunChunk(byte* arena, byte* scratch, int chunk, int chunks)
    {
        if (chunk == 0)
        {
            ClearBorders(arena);
        }

        int blocks = (output.Pixels + Places - 1) / Places, width = output.Width;
        int first = Share(blocks, chunk, chunks) * Places, end = Math.Min(output.Pixels, Share(blocks, chunk + 1, chunks) * Places);
        byte* planes = scratch, fours = planes + (nint)input.Channels * planeBytes;
        int firstRow = first / width, endRow = (end - 1) / width + 1;
        Fill(arena, planes, fours, firstRow, endRow + kernelRows - 1);

        ushort* words = (ushort*)fours;
        int* sums = (int*)(words + outputs * Places);
        int* windows = (int*)(fours + Math.Max((nint)foursBytes * input.Channels / Planes.Quarter, (nint)SumsBytes));
        byte* tables = ProductTables.TriplesOfWeights;
        if (needsWindowSums)
        {
            SumWindows(planes, tables, windows + output.Pixels + Lanes, windows, first, end);
        }
        else
        {
            new Span<int>(windows + first, end - first).Clear();
        }

        nint tile = (nint)kernelRows * input.Channels * PlaneLookup512.Channels;
        for (int place = first; place < end; place += Places)
        {
            ushort* w = (ushort*)weights.Start, second = words + outputs * Lanes;
            for (int o = 0; o < outputs; o += PlaneLookup512.Channels, w += tile)
            {
                PlaneLookup512.Run(tables, w, planes + place, kernelRows, input.Channels, planeBytes, width, spans.Start + o / PlaneLookup512.Channels * spansOfTile, (ushort*)excess.Start + o, words + o * Lanes, second + o * Lanes);
            }

            Finish(arena, words, sums, place, Math.Min(end, place + Lanes), windows);
            Finish(arena, second, sums, place + Lanes, Math.Min(end, place + Places), windows);
        }
    }

    /// <summary>U_x of some places: sums of three pixels side by side, added up along columns.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void SumWindows(byte* planes, byte* tables, int* threes, int* windows, int first, int end)
    {
        const int Ones = (1 | 1 << 2 | 1 << 4) * Lanes;
        int width = output.Width, rows = kernelRows;
        for (int pixel = first; pixel < end + (rows - 1) * width; pixel += Lanes)
        {
            Planes.Sum(planes + pixel, input.Channels, planeBytes, tables + Ones, threes + pixel);
        }

        for (int place = first; place < end; place += Vector512<int>.Count)
        {
            var sum = Vector512.Load(threes + place);
            for (int row = 1; row < rows; row++)
            {
                sum += Vector512.Load(threes + place + row * width);
            }

            sum.Store(windows + place);
        }
    }

    /// <summary>What follows the sums of up to 64 places.</summary>
    private void Finish(byte* arena, ushort* words, int* sums, int place, int end, int* windows)
    {
        for (int o = 0; o < outputs && place < end; o += Planes.Quarter)
        {
            Planes.Merge(words + o * Lanes, sums + o, outputs);
        }

        int most = Epilogue.MostPlaces(outputs);
        nint upper = outputs - Planes.Quarter; // The same where there are no others.
        for (int count; place < end; place += count, sums += count * outputs)
        {
            count = Math.Min(most, end - place);
            epilogue.Finish(arena, new BlockSums(sums, sums + upper, sums, sums, outputs), place, count, 0, new Windows(windows + place, ofChannels: false));
        }
    }

    /// <summary>The planes of some rows of the padded image.</summary>
    private void Fill(byte* arena, byte* planes, byte* fours, int firstRow, int endRow)
    {
        int width = input.Width, channels = input.Channels;
        byte* codes = arena + input.Offset, second = fours + foursBytes;
        for (int row = firstRow; row < endRow; row++)
        {
            nint target = (nint)row * width * Planes.Quarter;
            Planes.Join(codes + input.OffsetOf(row - paddingRows, 0), width, channels, fours + target, second + target);
        }

        for (int place = firstRow * width / Lanes * Lanes; place < endRow * width; place += Lanes)
        {
            for (int c = 0; c < channels; c += Planes.Quarter)
            {
                Planes.Spread(fours + c / Planes.Quarter * (nint)foursBytes + (nint)place * Planes.Quarter, planes + place + (nint)c * planeBytes, planeBytes);
            }
        }
    }

    /// <summary>For every tile and kernel row, after how many input channels a byte of a sum could overflow, by the weights at hand.</summary>
    private (PinnedBytes Spans, int OfTile) Spans(QuantizedTensor weight)
    {
        int inputs = input.Channels, ofTile = kernelRows * inputs;
        var spans = new PinnedBytes(outputs / PlaneLookup512.Channels * ofTile);
        Span<int> sums = stackalloc int[PlaneLookup512.Channels];
        for (int tile = 0; tile < outputs / PlaneLookup512.Channels; tile++)
        {
            byte* span = spans.Start + tile * ofTile;
            for (int row = 0; row < kernelRows; row++, span++)
            {
                sums.Clear();
                for (int i = 0; i < inputs; i++)
                {
                    bool isFull = false;
                    for (int lane = 0; lane < sums.Length; lane++)
                    {
                        sums[lane] += Total(tile * sums.Length + lane, row, i);
                        isFull |= sums[lane] > byte.MaxValue;
                    }

                    if (isFull)
                    {
                        span++;
                        for (int lane = 0; lane < sums.Length; lane++)
                        {
                            sums[lane] = Total(tile * sums.Length + lane, row, i);
                        }
                    }

                    (*span)++;
                }
            }
        }

        return (spans, ofTile);

        int Total(int o, int row, int i)
        {
            int first = ((o * inputs + i) * kernelRows + row) * Taps;
            return o < weight.Shape[0] ? Enumerable.Range(first, Taps).Sum(t => ProductTables.Largest(weight.Codes[t])) : 0;
        }
    }

    /// <summary>Offsets of tables: output channels by fours, kernel rows, input channels, output channel.</summary>
    private PinnedBytes Packed(QuantizedTensor weight)
    {
        int inputs = input.Channels;
        var packed = new PinnedBytes(outputs * kernelRows * inputs * sizeof(ushort));
        ushort* target = (ushort*)packed.Start;
        for (int o = 0; o < weight.Shape[0]; o++)
        {
            var (tile, lane) = Math.DivRem(o, PlaneLookup512.Channels);
            for (int row = 0; row < kernelRows; row++)
            {
                for (int i = 0; i < inputs; i++)
                {
                    int first = ((o * inputs + i) * kernelRows + row) * Taps;
                    int number = ProductTables.Entry(weight.Codes[first]) | ProductTables.Entry(weight.Codes[first + 1]) << 2 | ProductTables.Entry(weight.Codes[first + 2]) << 4;
                    target[((tile * kernelRows + row) * inputs + i) * PlaneLookup512.Channels + lane] = (ushort)(number << 6);
                }
            }
        }

        return packed;
    }
}
