using System.Runtime.InteropServices;
using BitAnneal.Runtime.Kernels;

namespace BitAnneal.Runtime.Emitted;

/// <summary>What an emitted kernel over runs reads, and changes from tile to tile: a <see cref="RunTile"/> in a layout that machine code can rely on, eight bytes a field.</summary>
/// <param name="tile">The first tile.</param>
/// <param name="tiles">Tiles that follow each other.</param>
/// <param name="groups">Groups of a step of the function.</param>
/// <param name="mask">For functions over packed weights: a code's bits in every byte.</param>
[StructLayout(LayoutKind.Explicit)]
internal readonly unsafe struct RunArguments(ref readonly RunTile tile, int tiles, int groups = 1, uint mask = 0)
{
    public const int InputOffset = 0, PlacesOffset = 8, RunsOffset = 16, RunsEndOffset = 24, StepsOffset = 32, PanelOffset = 40, SumsOffset = 48, MaskOffset = 56, TilesOffset = 64;

    [FieldOffset(InputOffset)]
    private readonly byte* input = tile.Input;

    [FieldOffset(PlacesOffset)]
    private readonly int* places = tile.Places;

    [FieldOffset(RunsOffset)]
    private readonly int* runs = tile.Runs;

    [FieldOffset(RunsEndOffset)]
    private readonly int* runsEnd = tile.Runs + tile.RunCount;

    [FieldOffset(StepsOffset)]
    private readonly long steps = tile.RunLength / groups;

    [FieldOffset(PanelOffset)]
    private readonly byte* panel = tile.Panel;

    [FieldOffset(SumsOffset)]
    private readonly int* sums = tile.Sums;

    [FieldOffset(MaskOffset)]
    private readonly ulong mask = mask;

    [FieldOffset(TilesOffset)]
    private readonly long tiles = tiles;
}
