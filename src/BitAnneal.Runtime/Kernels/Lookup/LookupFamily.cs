using System.Runtime.Intrinsics.X86;
using BitAnneal.Graphs;
using BitAnneal.Runtime.Planning;

namespace BitAnneal.Runtime.Kernels.Lookup;

/// <summary>Products of a group of weights with a group of activations are looked up together: three weights of 2 bits (two on AVX2), or six of 1 bit.</summary>
internal sealed class LookupFamily : RunFamily
{
    private readonly int weightBits, largestInput, largestProduct;
    private readonly RunKernel block, place;
    private RunKernel? eight, four, strided; // Rows of places.

    private LookupFamily(PackedLayout layout, int weightBits, int weightLevels, int activationLevels, RunKernel block, RunKernel place)
    {
        (Layout, this.weightBits, largestInput, this.block, this.place) = (layout, weightBits, activationLevels - 1, block, place);
        largestProduct = Enumerable.Range(0, weightLevels).Max(LargestProduct);
    }

    /// <summary>Whether the kernels for AVX-512 run here.</summary>
    public static bool IsSupported512 => Avx512Vbmi.IsSupported && Avx512BW.IsSupported;

    public override PackedLayout Layout { get; }

    public override int PanelChannels => 64;

    public override int LaneBytes => 1;

    /// <summary>The lower half of a panel in even bytes, the upper in odd ones: so sums that are widened lie in their order.</summary>
    public override int Lane(int channel) => channel < PanelChannels / 2 ? 2 * channel : 2 * channel - PanelChannels + 1;

    public override int WeightBias => weightBits == 2 ? ProductTables.WeightBias : 0;

    /// <summary>The family for AVX-512 VBMI, or null where none serves.</summary>
    /// <param name="weightLevels">Levels of the weights: 2, or up to 4.</param>
    /// <param name="activationLevels">Levels of the activations: up to 16 and 4 in these cases.</param>
    public static LookupFamily? Vector512(int weightLevels, int activationLevels) => (weightLevels, activationLevels) switch
    {
        (2, <= 4) => Create<SextupleTable>(LookupLayout.Sextuples, 1, weightLevels, activationLevels),
        (2, <= 16) => Create<PairsTable>(PairLayout.Instance, 1, weightLevels, activationLevels),
        ( <= 4, <= 4) => Create<TripleTable>(LookupLayout.Triples, 2, weightLevels, activationLevels),
        _ => null,
    };

    /// <summary>The family for AVX2, or null where it does not serve: weights and activations of up to 4 levels.</summary>
    public static LookupFamily? Vector256(int weightLevels, int activationLevels)
    {
        if (weightLevels > 4 || activationLevels > 4)
        {
            return null;
        }

        var kernel = new BlockLookup256();
        return new LookupFamily(NibbleLayout.Instance, 2, weightLevels, activationLevels, kernel, kernel);
    }

    /// <summary>The reference for weights and activations of up to 4 levels.</summary>
    public static LookupFamily Scalar(int weightLevels, int activationLevels)
    {
        var kernel = new ScalarLookup();
        return new LookupFamily(LookupLayout.Triples, 2, weightLevels, activationLevels, kernel, kernel);
    }

    public override bool Holds(QuantizedTensor weight)
    {
        int[] rises = new int[weight.Shape[0]], falls = new int[weight.Shape[0]];
        for (int i = 0; i < weight.Shape.ElementCount; i++)
        {
            int product = largestInput * (weight.Codes[i] - WeightBias);
            (product < 0 ? ref falls[i / weight.ChannelStride] : ref rises[i / weight.ChannelStride]) += Math.Abs(product);
        }

        int most = WeightBias == 0 ? ushort.MaxValue : short.MaxValue;
        return rises.Max() <= most && falls.Max() <= short.MaxValue && (long)largestInput * weight.Shape[1] <= most; // The last is for sums of a pixel's codes.
    }

    public override ushort[] Begin(QuantizedTensor weight)
    {
        int panels = (weight.Shape[0] + PanelChannels - 1) / PanelChannels;
        ushort[] begin = new ushort[panels * PanelChannels];
        for (int i = 0; i < weight.Shape.ElementCount && WeightBias != 0; i++)
        {
            int channel = i / weight.ChannelStride, excess = ProductTables.Excess(weight.Codes[i]);
            begin[channel] -= (ushort)excess;
            if (Lane(channel % PanelChannels) % 2 != 0)
            {
                begin[channel - PanelChannels / 2] -= (ushort)(excess << 8);
            }
        }

        return begin;
    }

    public override void Put(Span<byte> lane, int index, int code) => lane[0] |= (byte)((WeightBias == 0 ? code : ProductTables.Entry(code)) << (weightBits * index));

    public override RunKernel Choose(int panels, LayerShape shape)
    {
        bool isRow = shape.RunPixels == RowLookup.Taps, isPair = panels * PanelChannels >= block.Channels;
        return (isRow, shape.Stride) switch
        {
            (true, 1) when eight is not null && shape.OutputWidth % eight.Places == 0 => eight,
            (true, 1) when four is not null && isPair && shape.OutputWidth % four.Places == 0 => four,
            (true, 2) when strided is not null && isPair && shape.OutputWidth % strided.Places == 0 => strided,
            _ => isPair ? block : place,
        };
    }

    /// <summary>By the weights at hand, which are seldom all as large as they could be.</summary>
    public override int Steps(QuantizedTensor weight, int runPixels, RunKernel kernel)
    {
        int groups = Layout.Groups(weight.Shape[1]), pixels = kernel.PixelsAtOnce, length = runPixels * groups / pixels;
        int[] sums = LargestSums(weight, groups, pixels);
        int steps = Math.Max(1, byte.MaxValue / (pixels * Layout.GroupCodes * largestProduct)), most = length;
        while (steps < most)
        {
            int middle = (steps + most + 1) / 2;
            (steps, most) = Hold(sums, length, middle) ? (middle, most) : (steps, middle - 1);
        }

        return steps;
    }

    /// <summary>The largest sums of products that one step of a kernel can add to a byte, in its order.</summary>
    private int[] LargestSums(QuantizedTensor weight, int groups, int pixels)
    {
        int inputs = weight.Shape[1], taps = weight.Shape[2] * weight.Shape[3];
        int[] sums = new int[weight.Shape[0] * taps * groups / pixels], groupOf = [.. Enumerable.Range(0, inputs).Select(c => Layout.Position(c, inputs).Group)];
        for (int i = 0, o = 0; o < weight.Shape[0]; o++)
        {
            for (int c = 0; c < inputs; c++)
            {
                for (int tap = 0; tap < taps; tap++, i++)
                {
                    sums[(o * taps + tap) / pixels * groups + groupOf[c]] += LargestProduct(weight.Codes[i]);
                }
            }
        }

        return sums;
    }

    private int LargestProduct(int code) => WeightBias == 0 ? largestInput * code : ProductTables.Largest(code);

    private static bool Hold(int[] sums, int length, int steps)
    {
        for (int run = 0; run < sums.Length; run += length)
        {
            for (int i = 0, sum = 0; i < length; i++)
            {
                sum = sums[run + i] + (i % steps == 0 ? 0 : sum);
                if (sum > byte.MaxValue)
                {
                    return false;
                }
            }
        }

        return true;
    }

    private static LookupFamily Create<T>(PackedLayout layout, int weightBits, int weightLevels, int activationLevels)
        where T : struct, IProductTable
    {
        var family = new LookupFamily(layout, weightBits, weightLevels, activationLevels, new BlockLookup512<T>(), new PlaceLookup512<T>());
        if (RowLookup.Taps * layout.GroupCodes * family.largestProduct <= byte.MaxValue)
        {
            (family.eight, family.four, family.strided) = (new RowLookup512<T, RowOfEight>(), new RowLookup512<T, RowOfFour>(), new RowLookup512<T, StridedRow>());
        }

        return family;
    }
}
