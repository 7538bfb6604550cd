using System.Runtime.CompilerServices;
using BitAnneal.Graphs;
using BitAnneal.Runtime.Planning;

namespace BitAnneal.Runtime.Steps;

/// <summary>Copies one image into the channels of another, with a shift and a stride: pad, concatenation, strided slice, plain copy.</summary>
/// <param name="node">Node.</param>
/// <param name="output">Where to.</param>
/// <param name="inputs">Images that follow each other in the channels of the result.</param>
/// <param name="firstChannel">Channel of the first image.</param>
/// <param name="origin">Row and column of the images in the result.</param>
/// <param name="step">Rows and columns of the images to advance for one of the result.</param>
internal sealed unsafe class Place(string node, Slot output, Slot[] inputs, int firstChannel, Extent origin, Extent step) : Step(node, output, inputs)
{
    /// <summary>Whether the images leave places of the result untouched.</summary>
    private readonly bool clears = inputs.Sum(i => i.Channels) != output.Channels || origin != new Extent(0, 0)
        || (inputs[0].Height + step.Y - 1) / step.Y != output.Height || (inputs[0].Width + step.X - 1) / step.X != output.Width;

    public override string Description => "copy";

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override void Run(byte* arena)
    {
        int size = Writes.IsCodes ? sizeof(short) : sizeof(float);
        byte* target = arena + Writes.Offset;
        if (clears)
        {
            new Span<byte>(target, Writes.Pixels * Writes.PixelStride * size).Clear();
        }

        int channel = firstChannel;
        foreach (var input in Reads)
        {
            byte* source = arena + input.Offset;
            int bytes = input.Channels * size;
            for (int y = 0; y * step.Y < input.Height; y++)
            {
                for (int x = 0; x * step.X < input.Width; x++)
                {
                    byte* from = source + ((nint)(y * step.Y) * input.Width + x * step.X) * input.PixelStride * size;
                    byte* to = target + (((nint)(y + origin.Y) * Writes.Width + x + origin.X) * Writes.PixelStride + channel) * size;
                    new ReadOnlySpan<byte>(from, bytes).CopyTo(new Span<byte>(to, bytes));
                }
            }

            channel += input.Channels;
        }
    }
}

/// <summary>An image (channels innermost) to a vector (channels outermost).</summary>
internal sealed unsafe class FlattenImage(string node, Slot output, Slot input) : Step(node, output, input)
{
    public override string Description => "flatten";

    public override void Run(byte* arena)
    {
        var input = Reads[0];
        if (input.Pixels == 1)
        {
            int bytes = input.Channels * (input.IsCodes ? sizeof(short) : sizeof(float));
            Buffer.MemoryCopy(arena + input.Offset, arena + Writes.Offset, bytes, bytes);
            return;
        }

        for (int c = 0; c < input.Channels; c++)
        {
            for (int i = 0; i < input.Pixels; i++)
            {
                if (input.IsCodes)
                {
                    Writes.Codes(arena)[c * input.Pixels + i] = input.Codes(arena)[i * input.PixelStride + c];
                }
                else
                {
                    Writes.Reals(arena)[c * input.Pixels + i] = input.Reals(arena)[i * input.PixelStride + c];
                }
            }
        }
    }
}
