using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using BitAnneal.Graphs;
using BitAnneal.Graphs.Operators;
using BitAnneal.Runtime.Kernels;
using BitAnneal.Runtime.Planning;

namespace BitAnneal.Runtime.Steps;

/// <summary>
/// A 3 × 3 convolution of narrow codes in which every channel meets only itself, and the quantizer behind it (<c>docs/semantics.md</c>, case 1), on packed bytes with
/// their padding in memory. Two taps are interleaved, so that one instruction adds up their products in 16 bits; U_x, which every channel has of its own, fits a
/// byte. A vector is 64 channels of a place, 32 of two or 16 of four. AVX-512 only.
/// </summary>
/// <remarks>
/// Interleaving leaves channels in the order of x86's <c>unpack</c> instructions, which the tables of weights and of coefficients follow; packing the codes undoes it.
/// </remarks>
internal sealed unsafe class PackedDepthwise : SharedStep
{
    private const int Block = PackedLayout.Block, Taps = 9, WeightVectors = 10, SumBytes = 3 * Block;

    private readonly PackedSlot input;
    private readonly ConvolutionGeometry geometry;
    private readonly LayerConstants constants;
    private readonly CodeTarget target;
    private readonly CodePositions positions;
    private readonly PinnedBytes weights; // per block, pairs of taps
    private readonly PinnedBytes coefficients; // per block: slopes, windows, starts per border class
    private int[] places = []; // where the window of every output place begins
    private readonly int channels, classes, row, column;
    private readonly bool hasNeighbours; // Whether places that follow each other in a row share two columns of their windows.

    public PackedDepthwise(string node, CodeTarget target, PackedSlot input, ConvolutionGeometry geometry, QuantizedTensor weight, float[]? bias, Rectifier rectifier)
        : base(node, target.Slot, input)
    {
        (this.target, this.input, this.geometry) = (target, input, geometry);
        constants = new LayerConstants(weight, bias, geometry, input.Grid!);
        positions = Positions(constants, weight, input.Grid!, target.Grid, rectifier);
        (channels, classes) = (weight.Shape[0], constants.HasOneClass ? 1 : constants.Classes);
        var op = geometry.Operator;
        (row, column) = (op.Dilation.Y * input.RowBytes, op.Dilation.X * input.PixelBytes);
        hasNeighbours = op.Stride.X == 1 && op.Dilation.X == 1;
        int blocks = (channels + Block - 1) / Block;
        weights = new PinnedBytes(checked(blocks * WeightVectors * Block));
        coefficients = new PinnedBytes(checked(blocks * (2 + classes) * Block * sizeof(float)));
        for (int block = 0; block < blocks; block++)
        {
            FillWeights(block * Block, weight);
            FillCoefficients(block * Block);
        }
    }

    public override string Description => $"depthwise convolution, pairs of taps: {target.Grid.Bits}-bit codes";

    public override long WeightBytes => weights.Count;

    public override void Prepare()
    {
        base.Prepare();
        geometry.Prepare();
        var (op, width) = (geometry.Operator, Writes.Width);
        places = [.. Enumerable.Range(0, Writes.Pixels).Select(i => input.OffsetOf(i / width * op.Stride.Y - op.Padding.Y, i % width * op.Stride.X - op.Padding.X))];
    }

    protected override double PartNanoseconds => 0.12 * channels;

    /// <summary>Whether it can carry out a depthwise convolution, and faster than <see cref="DepthwiseConvolution"/>.</summary>
    /// <param name="op">The convolution.</param>
    /// <param name="weight">Its weights.</param>
    /// <param name="input">Grid of its input.</param>
    public static bool Serves(Conv2d op, QuantizedTensor weight, Grid input) => Avx512BW.IsSupported && Avx512DQ.IsSupported
        && op.Kernel is { Y: 3, X: 3 } && Taps * (input.LevelCount - 1) <= byte.MaxValue && weight.Grid.LevelCount - 1 <= sbyte.MaxValue;

    /// <summary>Whether float32 knows the positions on the grid behind well enough.</summary>
    /// <param name="view">A layer that is served.</param>
    /// <param name="bias">One per channel, or null.</param>
    /// <param name="geometry">Of the convolution.</param>
    /// <param name="output">Grid of the codes.</param>
    /// <param name="rectifier">In front of it.</param>
    public static bool Suits(LayerView view, float[]? bias, ConvolutionGeometry geometry, Grid output, Rectifier rectifier) =>
        Positions(new LayerConstants(view.Weight, bias, geometry, view.Input), view.Weight, view.Input, output, rectifier).IsUseful;

    protected override void RunParts(byte* arena, int first, int end)
    {
        if (first == 0)
        {
            ClearBorders(arena);
        }

        for (int channel = 0; channel < channels; channel += Block)
        {
            switch (Vectors(channel))
            {
                case 4:
                    Run<WholeBlock>(arena, channel, first, end);
                    break;
                case 2:
                    Run<HalfBlock>(arena, channel, first, end);
                    break;
                default:
                    Run<QuarterBlock>(arena, channel, first, end);
                    break;
            }
        }
    }

    private static CodePositions Positions(LayerConstants constants, QuantizedTensor weight, Grid input, Grid output, Rectifier rectifier) =>
        new(constants, output, rectifier, CodePositions.LargestSums(weight, input), Taps * (input.LevelCount - 1.0), isFixed: true);

    /// <summary>Groups of 16 channels that a vector holds of a place of this block. Places of several border classes need a vector each.</summary>
    private int Vectors(int channel) => classes > 1 || channels - channel > Block / 2 ? 4 : channels - channel > Block / 4 ? 2 : 1;

    /// <summary>Channel of a block in a table.</summary>
    /// <param name="vectors">Groups of 16 channels of a place.</param>
    /// <param name="lane">Group of 16 bytes.</param>
    /// <param name="index">Place there.</param>
    private static int ChannelOf(int vectors, int lane, int index) => lane % vectors * 16 + index;

    private void FillWeights(int channel, QuantizedTensor weight)
    {
        (int, int)[] pairs = [(0, 3), (1, 4), (2, 5), (6, 7), (-1, 8)]; // Taps; the first of the last pair counts nothing.
        byte* table = weights.Start + channel * WeightVectors;
        for (int i = 0; i < WeightVectors * Block; i++)
        {
            int inVector = i % Block, half = i / Block % 2, c = channel + ChannelOf(Vectors(channel), inVector / 16, half * 8 + inVector % 16 / 2);
            var (even, odd) = pairs[i / Block / 2];
            int tap = inVector % 2 == 0 ? even : odd;
            table[i] = c < channels && tap >= 0 ? (byte)weight.Codes[c * Taps + tap] : (byte)0;
        }
    }

    private void FillCoefficients(int channel)
    {
        float* table = (float*)coefficients.Start + channel * (2 + classes);
        for (int i = 0; i < (2 + classes) * Block; i++)
        {
            int kind = i / Block, quarter = i % Block / 16, c = channel + ChannelOf(Vectors(channel), i % 16 / 4, quarter * 4 + i % 4);
            table[i] = c >= channels ? kind < 2 ? 0 : (float)positions.Fixed.Bias : kind == 0 ? positions.Slope[c] : kind == 1 ? positions.Window[c] : positions.Start(kind - 2)[c];
        }
    }

    [SkipLocalsInit]
    private void Run<TWidth>(byte* arena, int channel, int first, int end) where TWidth : struct, IBlockWidth
    {
        const int Vectors = Epilogue.MaxPlaces;
        byte* room = stackalloc byte[Vectors * (SumBytes + Block) + 2 * Block], sums = Epilogue.Aligned(room), codes = sums + Vectors * SumBytes;
        ulong* doubts = stackalloc ulong[Vectors];
        for (int place = first, count; place < end; place += count)
        {
            count = Math.Min(Vectors * (4 / TWidth.Vectors), end - place);
            if (TWidth.Vectors == 4 && hasNeighbours)
            {
                SumRows(arena + input.Offset + channel, place, count, channel, sums);
            }
            else
            {
                Sum<TWidth>(arena + input.Offset + channel, place, count, channel, sums);
            }

            byte* start;
            fixed (int* offsets = target.Put(arena, place, channel, codes, out start))
            {
                if (Round<TWidth>(sums, place, count, channel, start, offsets, doubts))
                {
                    Decide<TWidth>(sums, place, count, channel, start, offsets, doubts);
                }
            }

            if (start == codes)
            {
                target.Write(arena, place, count, channel, codes, TWidth.Vectors * 16);
            }
        }
    }

    /// <summary>Per vector: sums of products of both halves, 16 bits each, and U_x in bytes. No calls: everything stays in registers.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Sum<TWidth>(byte* codes, int place, int count, int channel, byte* sums) where TWidth : struct, IBlockWidth
    {
        sbyte* w = (sbyte*)weights.Start + channel * WeightVectors;
        Vector512<sbyte> w0 = Vector512.Load(w), w1 = Vector512.Load(w + Block), w2 = Vector512.Load(w + 2 * Block), w3 = Vector512.Load(w + 3 * Block), w4 = Vector512.Load(w + 4 * Block);
        Vector512<sbyte> w5 = Vector512.Load(w + 5 * Block), w6 = Vector512.Load(w + 6 * Block), w7 = Vector512.Load(w + 7 * Block), w8 = Vector512.Load(w + 8 * Block), w9 = Vector512.Load(w + 9 * Block);
        nint next = column, below = row;
        int last = count - 1;
        fixed (int* offsets = &places[place])
        {
            for (int p = 0; p < count; p += 4 / TWidth.Vectors, sums += SumBytes)
            {
                byte* first = codes + offsets[p], second = TWidth.Vectors == 4 ? first : codes + offsets[Math.Min(p + 1, last)];
                byte* third = TWidth.Vectors == 1 ? codes + offsets[Math.Min(p + 2, last)] : first, fourth = TWidth.Vectors == 1 ? codes + offsets[Math.Min(p + 3, last)] : first;
                var a = Load<TWidth>(first, second, third, fourth, 0);
                var b = Load<TWidth>(first, second, third, fourth, below);
                var low = Avx512BW.MultiplyAddAdjacent(Avx512BW.UnpackLow(a, b), w0);
                var high = Avx512BW.MultiplyAddAdjacent(Avx512BW.UnpackHigh(a, b), w1);
                var window = a + b;
                a = Load<TWidth>(first, second, third, fourth, next);
                b = Load<TWidth>(first, second, third, fourth, below + next);
                low += Avx512BW.MultiplyAddAdjacent(Avx512BW.UnpackLow(a, b), w2);
                high += Avx512BW.MultiplyAddAdjacent(Avx512BW.UnpackHigh(a, b), w3);
                window += a + b;
                a = Load<TWidth>(first, second, third, fourth, 2 * next);
                b = Load<TWidth>(first, second, third, fourth, below + 2 * next);
                low += Avx512BW.MultiplyAddAdjacent(Avx512BW.UnpackLow(a, b), w4);
                high += Avx512BW.MultiplyAddAdjacent(Avx512BW.UnpackHigh(a, b), w5);
                window += a + b;
                a = Load<TWidth>(first, second, third, fourth, 2 * below);
                b = Load<TWidth>(first, second, third, fourth, 2 * below + next);
                low += Avx512BW.MultiplyAddAdjacent(Avx512BW.UnpackLow(a, b), w6);
                high += Avx512BW.MultiplyAddAdjacent(Avx512BW.UnpackHigh(a, b), w7);
                window += a + b;
                a = Load<TWidth>(first, second, third, fourth, 2 * below + 2 * next);
                low += Avx512BW.MultiplyAddAdjacent(Avx512BW.UnpackLow(a, a), w8);
                high += Avx512BW.MultiplyAddAdjacent(Avx512BW.UnpackHigh(a, a), w9);
                window += a;
                low.AsByte().Store(sums);
                high.AsByte().Store(sums + Block);
                window.Store(sums + 2 * Block);
            }
        }
    }

    /// <summary>The same for 64 channels of places that share columns: what is known of a column stays in registers for three places.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void SumRows(byte* codes, int place, int count, int channel, byte* sums)
    {
        sbyte* w = (sbyte*)weights.Start + channel * WeightVectors;
        Vector512<sbyte> w0 = Vector512.Load(w), w1 = Vector512.Load(w + Block), w2 = Vector512.Load(w + 2 * Block), w3 = Vector512.Load(w + 3 * Block), w4 = Vector512.Load(w + 4 * Block);
        Vector512<sbyte> w5 = Vector512.Load(w + 5 * Block), w6 = Vector512.Load(w + 6 * Block), w7 = Vector512.Load(w + 7 * Block), w8 = Vector512.Load(w + 8 * Block), w9 = Vector512.Load(w + 9 * Block);
        nint next = column, below = row;
        int width = Writes.Width;
        fixed (int* offsets = &places[place])
        {
            for (int p = 0; p < count;)
            {
                int end = Math.Min(count, p + width - (place + p) % width);
                byte* pixel = codes + offsets[p];
                Vector512<byte> a = Vector512.Load(pixel), b = Vector512.Load(pixel + below), before = Vector512.Load(pixel + 2 * below);
                Vector512<byte> low0 = Avx512BW.UnpackLow(a, b), high0 = Avx512BW.UnpackHigh(a, b), sum0 = a + b + before;
                pixel += next;
                (a, b) = (Vector512.Load(pixel), Vector512.Load(pixel + below));
                var c = Vector512.Load(pixel + 2 * below);
                Vector512<byte> low1 = Avx512BW.UnpackLow(a, b), high1 = Avx512BW.UnpackHigh(a, b), sum1 = a + b + c;
                Vector512<byte> bottomLow = Avx512BW.UnpackLow(before, c), bottomHigh = Avx512BW.UnpackHigh(before, c);
                for (; p < end; p++, sums += SumBytes)
                {
                    pixel += next;
                    before = c;
                    (a, b, c) = (Vector512.Load(pixel), Vector512.Load(pixel + below), Vector512.Load(pixel + 2 * below));
                    Vector512<byte> low2 = Avx512BW.UnpackLow(a, b), high2 = Avx512BW.UnpackHigh(a, b), sum2 = a + b + c;
                    var low = Avx512BW.MultiplyAddAdjacent(low0, w0) + Avx512BW.MultiplyAddAdjacent(low1, w2) + Avx512BW.MultiplyAddAdjacent(low2, w4) + Avx512BW.MultiplyAddAdjacent(bottomLow, w6);
                    var high = Avx512BW.MultiplyAddAdjacent(high0, w1) + Avx512BW.MultiplyAddAdjacent(high1, w3) + Avx512BW.MultiplyAddAdjacent(high2, w5) + Avx512BW.MultiplyAddAdjacent(bottomHigh, w7);
                    (bottomLow, bottomHigh) = (Avx512BW.UnpackLow(before, c), Avx512BW.UnpackHigh(before, c));
                    (low + Avx512BW.MultiplyAddAdjacent(bottomLow, w8)).AsByte().Store(sums);
                    (high + Avx512BW.MultiplyAddAdjacent(bottomHigh, w9)).AsByte().Store(sums + Block);
                    (sum0 + sum1 + sum2).Store(sums + 2 * Block);
                    (low0, high0, sum0, low1, high1, sum1) = (low1, high1, sum1, low2, high2, sum2);
                }
            }
        }
    }

    /// <summary>64 codes of one place, 32 of two, or 16 of four.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<byte> Load<TWidth>(byte* first, byte* second, byte* third, byte* fourth, nint offset) where TWidth : struct, IBlockWidth =>
        TWidth.Vectors == 4 ? Vector512.Load(first + offset)
        : TWidth.Vectors == 2 ? Vector512.Create(Vector256.Load(first + offset), Vector256.Load(second + offset))
        : Vector512.Create(
            Vector256.Create(Vector128.Load(first + offset), Vector128.Load(second + offset)), Vector256.Create(Vector128.Load(third + offset), Vector128.Load(fourth + offset)));

    /// <summary>The codes, and per 64 of them the lanes in doubt. No calls: everything stays in registers.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private bool Round<TWidth>(byte* sums, int place, int count, int channel, byte* codes, int* offsets, ulong* doubts) where TWidth : struct, IBlockWidth
    {
        float* table = (float*)coefficients.Start + channel * (2 + classes), windows = table + Block, starts = windows + Block;
        Vector512<float> s0 = Vector512.Load(table), s1 = Vector512.Load(table + 16), s2 = Vector512.Load(table + 32), s3 = Vector512.Load(table + 48);
        Vector512<float> w0 = Vector512.Load(windows), w1 = Vector512.Load(windows + 16), w2 = Vector512.Load(windows + 32), w3 = Vector512.Load(windows + 48);
        var round = positions.Fixed;
        int classStep = classes > 1 ? Block : 0;
        var zero = Vector512<short>.Zero;
        ulong any = 0;
        fixed (int* classOf = &geometry.Classes[place])
        {
            for (int p = 0; p < count; p += 4 / TWidth.Vectors, sums += SumBytes, doubts++)
            {
                float* start = starts + (nint)classOf[p] * classStep;
                Vector512<short> low = Vector512.Load((short*)sums), high = Vector512.Load((short*)(sums + Block));
                var u = Vector512.Load(sums + 2 * Block);
                Vector512<short> lowInputs = Avx512BW.UnpackLow(u, zero.AsByte()).AsInt16(), highInputs = Avx512BW.UnpackHigh(u, zero.AsByte()).AsInt16();
                var c0 = FixedRounding.Round(Position(Avx512BW.UnpackLow(low, zero), Avx512BW.UnpackLow(lowInputs, zero), s0, w0, start));
                var c1 = FixedRounding.Round(Position(Avx512BW.UnpackHigh(low, zero), Avx512BW.UnpackHigh(lowInputs, zero), s1, w1, start + 16));
                var c2 = FixedRounding.Round(Position(Avx512BW.UnpackLow(high, zero), Avx512BW.UnpackLow(highInputs, zero), s2, w2, start + 32));
                var c3 = FixedRounding.Round(Position(Avx512BW.UnpackHigh(high, zero), Avx512BW.UnpackHigh(highInputs, zero), s3, w3, start + 48));
                round.Interleaved(c0, c1, c2, c3).Store(codes + OffsetOf<TWidth>(p, offsets));
                any |= *doubts = round.Doubts(c0, c1, c2, c3);
            }
        }

        return any != 0;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static int OffsetOf<TWidth>(int place, int* offsets) where TWidth : struct, IBlockWidth => TWidth.Vectors == 4 ? offsets[place] : place * TWidth.Vectors * 16;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<float> Position(Vector512<short> sums, Vector512<short> inputs, Vector512<float> slope, Vector512<float> window, float* start) => Vector512.FusedMultiplyAdd(
        Vector512.ConvertToSingle(sums.AsInt32()), slope, Vector512.FusedMultiplyAdd(Vector512.ConvertToSingle(inputs.AsInt32()), window, Vector512.Load(start)));

    /// <summary>Decides by the reference expression: the four codes of every lane in doubt. Places of a vector share their border class.</summary>
    private void Decide<TWidth>(byte* sums, int place, int count, int channel, byte* codes, int* offsets, ulong* doubts) where TWidth : struct, IBlockWidth
    {
        var exact = positions.Exact;
        for (int p = 0; p < count; p += 4 / TWidth.Vectors, sums += SumBytes, doubts++)
        {
            byte* block = codes + OffsetOf<TWidth>(p, offsets);
            for (ulong rest = *doubts; rest != 0; rest &= rest - 1)
            {
                int lane = FixedRounding.Lane(rest), first = lane / 4 * 16 + lane % 4;
                for (int i = first; i < first + 16; i += 4)
                {
                    int sum = ((ushort*)(sums + i % 16 / 8 * Block))[i / 16 * 8 + i % 8];
                    block[i] = exact.Round(constants.Real(sum, sums[2 * Block + i], channel + i % (TWidth.Vectors * 16), geometry.ClassOf(place + p)));
                }
            }
        }
    }
}
