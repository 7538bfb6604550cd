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
        byte* codes = stackalloc byte[(Epilogue.MaxPlaces + 1) * Block];
        for (int place = 0; place < input.Pixels; place += Epilogue.MaxPlaces)
        {
            int count = Math.Min(Epilogue.MaxPlaces, input.Pixels - place);
            if (input.PixelStride <= Block)
            {
                CodeWords.Narrow(source + (nint)place * input.PixelStride, codes, count * input.PixelStride); // Pixels follow each other.
                output.Pack(arena, place, count, 0, codes, input.PixelStride);
                continue;
            }

            for (int first = 0; first < input.Channels; first += Block)
            {
                for (int i = 0; i < count; i++)
                {
                    CodeWords.Narrow(source + (nint)(place + i) * input.PixelStride + first, codes + i * Block, Math.Min(Block, input.Channels - first));
                }

                output.Pack(arena, place, count, first, codes, Block);
            }
        }
    }
}
