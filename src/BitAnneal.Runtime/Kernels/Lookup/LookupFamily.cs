using System.Runtime.Intrinsics.X86;
using BitAnneal.Runtime.Planning;

namespace BitAnneal.Runtime.Kernels.Lookup;

/// <summary>Products of a group of weights with a group of activations are looked up together: three weights of 2 bits (two on AVX2), or six of 1 bit.</summary>
internal sealed class LookupFamily : RunFamily
{
    private readonly int largest; // product of two codes
    private readonly int weightBits;
    private readonly RunKernel? rows;
    private readonly RunKernel block, place;

    private LookupFamily(PackedLayout layout, int weightBits, int largest, RunKernel? rows, RunKernel block, RunKernel place)
    {
        Layout = layout;
        (this.weightBits, this.largest, this.rows, this.block, this.place) = (weightBits, largest, rows, block, place);
    }

    /// <summary>Whether the kernels for AVX-512 run here.</summary>
    public static bool IsSupported512 => Avx512Vbmi.IsSupported && Avx512BW.IsSupported;

    public override PackedLayout Layout { get; }

    public override int PanelChannels => 64;

    public override int LaneBytes => 1;

    public override int MaxTaps => ushort.MaxValue / largest;

    /// <summary>The family for AVX-512 VBMI, or null where none serves.</summary>
    /// <param name="weightLevels">Levels of the weights: 2, or up to 4.</param>
    /// <param name="activationLevels">Levels of the activations: up to 16 and 4 in these cases.</param>
    public static LookupFamily? Vector512(int weightLevels, int activationLevels) => (weightLevels, activationLevels) switch
    {
        (2, <= 4) => Create<SextupleTable>(LookupLayout.Sextuples, 1, activationLevels - 1),
        (2, <= 16) => Create<PairsTable>(PairLayout.Instance, 1, activationLevels - 1),
        ( <= 4, <= 4) => Create<TripleTable>(LookupLayout.Triples, 2, (weightLevels - 1) * (activationLevels - 1)),
        _ => null,
    };

    /// <summary>The family for AVX2, or null where it does not serve: weights and activations of up to 4 levels.</summary>
    public static LookupFamily? Vector256(int weightLevels, int activationLevels)
    {
        if (weightLevels > 4 || activationLevels > 4)
        {
            return null;
        }

        int largest = (weightLevels - 1) * (activationLevels - 1);
        var kernel = new BlockLookup256(NibbleLayout.Instance.GroupCodes * largest);
        return new LookupFamily(NibbleLayout.Instance, 2, largest, null, kernel, kernel);
    }

    /// <summary>The reference for weights and activations of up to 4 levels.</summary>
    public static LookupFamily Scalar(int weightLevels, int activationLevels)
    {
        var kernel = new ScalarLookup();
        return new LookupFamily(LookupLayout.Triples, 2, (weightLevels - 1) * (activationLevels - 1), null, kernel, kernel);
    }

    public override void Put(Span<byte> lane, int index, int code) => lane[0] |= (byte)(code << (weightBits * index));

    public override RunKernel Choose(int panels, LayerShape shape) =>
        rows is not null && shape is { Stride: 1, RunPixels: RowLookup.Taps } && shape.OutputWidth % rows.Places == 0 ? rows
        : panels * PanelChannels >= block.Channels ? block
        : place;

    private static LookupFamily Create<T>(PackedLayout layout, int weightBits, int largest)
        where T : struct, IProductTable
    {
        int ofGroup = layout.GroupCodes * largest;
        var rows = RowLookup.Taps * ofGroup <= byte.MaxValue ? new RowLookup512<T>(ofGroup) : null;
        return new LookupFamily(layout, weightBits, largest, rows, new BlockLookup512<T>(ofGroup), new PlaceLookup512<T>(ofGroup));
    }
}

/// <summary>What <see cref="RowLookup512{T}"/> serves.</summary>
internal static class RowLookup
{
    /// <summary>Pixels of a run.</summary>
    public const int Taps = 3;
}
