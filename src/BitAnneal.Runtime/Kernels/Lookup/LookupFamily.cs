using System.Runtime.Intrinsics.X86;
using BitAnneal.Runtime.Planning;

namespace BitAnneal.Runtime.Kernels.Lookup;

/// <summary>Weights and activations of up to 4 levels each: products of three pairs at once are looked up.</summary>
internal sealed class LookupFamily : RunFamily
{
    private const int GroupCodes = 3;

    private readonly int largest; // product of two codes
    private readonly RunKernel rows, block, place;

    /// <summary>The kernels of a machine.</summary>
    /// <param name="weightLevels">Levels of the weights, up to 4.</param>
    /// <param name="activationLevels">Levels of the activations, up to 4.</param>
    /// <param name="isVector">Whether to use AVX-512 VBMI.</param>
    public LookupFamily(int weightLevels, int activationLevels, bool isVector)
    {
        largest = (weightLevels - 1) * (activationLevels - 1);
        place = isVector ? new PlaceLookup512(GroupCodes * largest) : new ScalarLookup();
        block = isVector ? new BlockLookup512(GroupCodes * largest) : place;
        rows = isVector ? new RowLookup512(GroupCodes * largest) : place;
    }

    /// <summary>Whether the vector kernels run here.</summary>
    public static bool IsSupported => Avx512Vbmi.IsSupported && Avx512BW.IsSupported;

    public override PackedLayout Layout => LookupLayout.Instance;

    public override int PanelChannels => 64;

    public override int LaneBytes => 1;

    public override int MaxTaps => ushort.MaxValue / largest;

    public override void Put(Span<byte> lane, int index, int code) => lane[0] |= (byte)(code << (2 * index));

    public override RunKernel Choose(int panels, LayerShape shape) =>
        shape is { Stride: 1, RunPixels: RowLookup512.Taps } && shape.OutputWidth % rows.Places == 0 ? rows
        : panels * PanelChannels >= block.Channels ? block
        : place;
}
