using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using BitAnneal.Runtime.Planning;

namespace BitAnneal.Runtime.Steps;

/// <summary>The bytes of an image to codes of 16 bits, channels side by side.</summary>
internal sealed unsafe class SpreadImage(string node, Slot output, ImageSlot input) : Step(node, output, input)
{
    public override string Description => "spread image";

    public override void Run(byte* arena)
    {
        byte* image = input.Bytes(arena);
        short* codes = Writes.Codes(arena);
        if (input.Pixels == 1)
        {
            CodeWords.Widen(image, codes, input.Channels);
            return;
        }

        for (int c = 0; c < input.Channels; c++)
        {
            for (int i = 0; i < input.Pixels; i++)
            {
                codes[i * Writes.PixelStride + c] = image[c * input.Pixels + i];
            }
        }
    }
}

/// <summary>The bytes of an image of up to four channels straight to packed codes on another grid, by a table per channel.</summary>
internal sealed unsafe class PackImage : Step
{
    private const int Codes = 256, GroupBytes = 4, Lanes = 16, Vector = 64;

    private readonly PackedSlot output;
    private readonly ImageSlot input;
    private readonly byte[] tables; // unsigned codes, per channel

    /// <summary>Plans the step.</summary>
    /// <param name="node">Of the quantizer.</param>
    /// <param name="output">See <see cref="Serves"/>.</param>
    /// <param name="input">The image.</param>
    public PackImage(string node, PackedSlot output, ImageSlot input) : base(node, output, input)
    {
        (this.output, this.input) = (output, input);
        tables = new byte[Codes * input.Channels];
        for (int c = 0; c < input.Channels; c++)
        {
            short[] table = Requantize.Table(input.Grid!, output.Grid!, c);
            for (int i = 0; i < Codes; i++)
            {
                tables[c * Codes + i] = (byte)table[i];
            }
        }
    }

    public override string Description => "pack image by table";

    public override long ScratchBytes => (long)input.Channels * input.Pixels + Vector;

    /// <summary>Whether this step can write such codes.</summary>
    public static bool Serves(Slot output) => output is PackedSlot { Layout: ByteLayout, Channels: <= GroupBytes };

    public override void Run(byte* arena)
    {
        output.ClearBorder(arena);
        byte* scratch = arena, image = input.Bytes(arena);
        fixed (byte* table = tables)
        {
            for (int c = 0; c < input.Channels; c++)
            {
                Translate(image + (nint)c * input.Pixels, scratch + (nint)c * input.Pixels, input.Pixels, table + c * Codes);
            }
        }

        for (int y = 0; y < input.Height; y++)
        {
            Interleave(scratch + (nint)y * input.Width, input.Pixels, input.Width, input.Channels, arena + output.Offset + output.OffsetOf(y, 0));
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Translate(byte* source, byte* target, int count, byte* table)
    {
        int i = 0;
        if (Avx512Vbmi.IsSupported)
        {
            Vector512<byte> t0 = Vector512.Load(table), t1 = Vector512.Load(table + Vector), t2 = Vector512.Load(table + 2 * Vector), t3 = Vector512.Load(table + 3 * Vector);
            for (; i <= count - Vector; i += Vector)
            {
                var x = Vector512.Load(source + i); // Indices count modulo 128.
                Vector512<byte> low = Avx512Vbmi.PermuteVar64x8x2(t0, x, t1), high = Avx512Vbmi.PermuteVar64x8x2(t2, x, t3);
                Vector512.ConditionalSelect(Vector512.LessThan(x.AsSByte(), Vector512<sbyte>.Zero).AsByte(), high, low).Store(target + i);
            }
        }

        for (; i < count; i++)
        {
            target[i] = table[source[i]];
        }
    }

    /// <summary>A row: four bytes per pixel, those of channels that do not exist 0.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Interleave(byte* planes, nint planeBytes, int width, int channels, byte* target)
    {
        int x = 0;
        for (; x <= width - Lanes; x += Lanes)
        {
            var pixels = Vector512<uint>.Zero;
            for (int c = 0; c < channels; c++)
            {
                pixels |= Vector512.ShiftLeft(Widened(planes + c * planeBytes + x), 8 * c);
            }

            pixels.AsByte().Store(target + x * GroupBytes);
        }

        for (; x < width; x++)
        {
            uint pixel = 0;
            for (int c = 0; c < channels; c++)
            {
                pixel |= (uint)planes[c * planeBytes + x] << (8 * c);
            }

            *(uint*)(target + x * GroupBytes) = pixel;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<uint> Widened(byte* bytes)
    {
        var (low, high) = Vector256.Widen(Vector256.Create(Vector128.WidenLower(Vector128.Load(bytes)), Vector128.WidenUpper(Vector128.Load(bytes))));
        return Vector512.Create(low, high);
    }
}
