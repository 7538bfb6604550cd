using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using BitAnneal.Graphs;
using BitAnneal.Runtime.Planning;

namespace BitAnneal.Runtime.Steps;

/// <summary>Where an epilogue writes codes: packed, or as 16-bit numbers.</summary>
internal sealed unsafe class CodeTarget(Slot slot)
{
    private readonly PackedSlot? packed = slot as PackedSlot;

    public Slot Slot { get; } = slot;

    public Grid Grid => Slot.Grid!;

    /// <summary>Writes the codes of a place.</summary>
    /// <param name="arena">Working memory.</param>
    /// <param name="place">Which one.</param>
    /// <param name="channel">First channel, a multiple of 64.</param>
    /// <param name="codes">Unsigned codes; whatever stands behind the last channel is ignored.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Write(byte* arena, int place, int channel, Vector512<byte> codes)
    {
        int channels = Slot.Channels - channel;
        if (channels < Epilogue.Block)
        {
            codes &= Vector512.LessThan(Vector512<byte>.Indices, Vector512.Create((byte)channels));
        }

        if (packed is not null)
        {
            packed.Pack(arena, place, channel, codes);
        }
        else
        {
            WriteWords(Slot.Codes(arena) + (nint)place * Slot.PixelStride + channel, Math.Min(Epilogue.Block, Slot.PixelStride - channel), codes);
        }
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void WriteWords(short* target, int count, Vector512<byte> codes)
    {
        ushort* words = stackalloc ushort[Epilogue.Block];
        var (low, high) = Vector512.Widen(codes);
        low.Store(words);
        high.Store(words + Epilogue.Block / 2);
        new ReadOnlySpan<ushort>(words, count).CopyTo(new Span<ushort>(target, Epilogue.Block));
    }
}
