using BitAnneal.Graphs;
using BitAnneal.Runtime.Planning;

namespace BitAnneal.Runtime.Steps;

/// <summary>Where an epilogue writes codes: packed, or as 16-bit numbers.</summary>
internal sealed unsafe class CodeTarget(Slot slot)
{
    private const int Block = PackedLayout.Block;

    private static readonly int[] InARow = [.. Enumerable.Range(0, Epilogue.MaxPlaces).Select(i => i * Block)];

    private readonly PackedSlot? packed = slot as PackedSlot;

    public Slot Slot { get; } = slot;

    public Grid Grid => Slot.Grid!;

    /// <summary>Where to put 64 codes per place: right to where they belong if they lie there in their order, else into a buffer that is to be written.</summary>
    /// <param name="arena">Working memory.</param>
    /// <param name="place">First place.</param>
    /// <param name="channel">First channel, a multiple of 64.</param>
    /// <param name="room">The buffer, for <see cref="Epilogue.MaxPlaces"/> places.</param>
    /// <param name="start">Receives where offsets begin.</param>
    /// <returns>Offset of every place from the first one on.</returns>
    public ReadOnlySpan<int> Put(byte* arena, int place, int channel, byte* room, out byte* start)
    {
        bool isDirect = packed is { Layout: ByteLayout } && channel + Block <= packed.Channels;
        start = isDirect ? packed!.BlockStart(arena, channel) : room;
        return isDirect ? packed!.Offsets[place..] : InARow;
    }

    /// <summary>Writes the codes of places that follow each other.</summary>
    /// <param name="arena">Working memory.</param>
    /// <param name="place">First place.</param>
    /// <param name="count">Places.</param>
    /// <param name="channel">First channel, a multiple of 64.</param>
    /// <param name="codes">Up to 64 unsigned codes per place; 64 may be read of every place, those beyond the channels are ignored.</param>
    /// <param name="step">Codes from one place to the next.</param>
    public void Write(byte* arena, int place, int count, int channel, byte* codes, int step)
    {
        if (packed is not null)
        {
            packed.Pack(arena, place, count, channel, codes, step);
            return;
        }

        short* target = Slot.Codes(arena) + (nint)place * Slot.PixelStride + channel;
        for (int i = 0; i < count; i++, codes += step, target += Slot.PixelStride)
        {
            CodeWords.Widen(codes, target, Math.Min(Block, Slot.Channels - channel));
        }
    }
}
