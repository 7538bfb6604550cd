using System.Runtime.InteropServices;
using BitAnneal.Runtime.Kernels;

namespace BitAnneal.Runtime.Emitted;

/// <summary>What an emitted kernel over runs reads: a <see cref="RunTile"/> in a layout that machine code can rely on, eight bytes a field.</summary>
/// <param name="tile">The tile.</param>
[StructLayout(LayoutKind.Explicit)]
internal readonly unsafe struct RunArguments(ref readonly RunTile tile)
{
    public const int InputOffset = 0, PlacesOffset = 8, RunsOffset = 16, RunsEndOffset = 24, RunLengthOffset = 32, PanelOffset = 40, SumsOffset = 48;

    [FieldOffset(InputOffset)]
    private readonly byte* input = tile.Input;

    [FieldOffset(PlacesOffset)]
    private readonly int* places = tile.Places;

    [FieldOffset(RunsOffset)]
    private readonly int* runs = tile.Runs;

    [FieldOffset(RunsEndOffset)]
    private readonly int* runsEnd = tile.Runs + tile.RunCount;

    [FieldOffset(RunLengthOffset)]
    private readonly long runLength = tile.RunLength;

    [FieldOffset(PanelOffset)]
    private readonly byte* panel = tile.Panel;

    [FieldOffset(SumsOffset)]
    private readonly int* sums = tile.Sums;
}
