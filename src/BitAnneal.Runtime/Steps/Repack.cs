using System.Runtime.Intrinsics;
using BitAnneal.Runtime.Planning;

namespace BitAnneal.Runtime.Steps;

/// <summary>Codes of 16 bits to packed ones.</summary>
internal sealed unsafe class Repack(string node, PackedSlot output, Slot input) : Step(node, output, input)
{
    private const int Block = PackedLayout.Block;

    public override string Description => "pack codes";

    public override void Run(byte* arena)
    {
        output.ClearBorder(arena);
        short* codes = input.Codes(arena);
        short* block = stackalloc short[Block];
        for (int place = 0; place < input.Pixels; place++, codes += input.PixelStride)
        {
            for (int c = 0; c < input.Channels; c += Block)
            {
                int channels = Math.Min(Block, input.Channels - c);
                var source = new ReadOnlySpan<short>(codes + c, channels);
                source.CopyTo(new Span<short>(block, Block));
                new Span<short>(block + channels, Block - channels).Clear();
                output.Pack(arena, place, c, Vector512.Narrow(Vector512.Load(block), Vector512.Load(block + Block / 2)).AsByte());
            }
        }
    }
}
