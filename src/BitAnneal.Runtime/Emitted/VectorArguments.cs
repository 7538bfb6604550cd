using System.Runtime.InteropServices;
using BitAnneal.Runtime.Kernels;

namespace BitAnneal.Runtime.Emitted;

/// <summary>What an emitted kernel for a matrix times a vector reads.</summary>
/// <param name="tile">The tile.</param>
/// <param name="bits">Bits of a weight code.</param>
[StructLayout(LayoutKind.Explicit)]
internal readonly unsafe struct VectorArguments(ref readonly VectorTile tile, int bits)
{
    public const int InputOffset = 0, BlocksOffset = 8, PanelOffset = 16, SumsOffset = 24, MaskOffset = 32;

    [FieldOffset(InputOffset)]
    private readonly sbyte* input = tile.Input;

    [FieldOffset(BlocksOffset)]
    private readonly long blocks = tile.Blocks;

    [FieldOffset(PanelOffset)]
    private readonly byte* panel = tile.Panel;

    [FieldOffset(SumsOffset)]
    private readonly int* sums = tile.Sums;

    /// <summary>The lowest code of each of four bytes.</summary>
    [FieldOffset(MaskOffset)]
    private readonly int mask = ((1 << bits) - 1) * 0x01010101;
}
