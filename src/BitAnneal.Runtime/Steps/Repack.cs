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
        short* source = input.Codes(arena);
        byte* codes = stackalloc byte[Block];
        for (int place = 0; place < input.Pixels; place++, source += input.PixelStride)
        {
            for (int first = 0; first < input.Channels; first += Block)
            {
                for (int c = 0; c < Math.Min(Block, input.Channels - first); c++)
                {
                    codes[c] = (byte)source[first + c];
                }

                output.Pack(arena, place, 1, first, codes);
            }
        }
    }
}
