using System.Runtime.Intrinsics;
using BitAnneal.Graphs;

namespace BitAnneal.Runtime.Kernels;

/// <summary>
/// Weights of 16 output channels as codes near their true width: every 32-bit word of a lane holds the codes of ⌊32 / bits⌋ successive elements (3.2 bits
/// a code for 3, 5.3 for 5, 6.4 for 6 and 8 for 7 bits; exact for the others). Unpacking is a shift, a mask and <see cref="Grid.Dequantize"/>.
/// </summary>
internal sealed unsafe class PackedLanes
{
    private const int Lanes = RealTile.Lanes;

    private readonly uint[] words;
    private readonly float[] scales = new float[Lanes], offsets = new float[Lanes];
    private readonly int bits, perWord, minCode;

    /// <summary>Packs codes.</summary>
    /// <param name="grid">Their grid.</param>
    /// <param name="firstOutput">Output channel of the first lane.</param>
    /// <param name="lanes">Lanes in use.</param>
    /// <param name="count">Elements of a lane.</param>
    /// <param name="code">Code of an element and a lane, counted from the lowest.</param>
    public PackedLanes(Grid grid, int firstOutput, int lanes, int count, Func<int, int, int> code)
    {
        (bits, perWord, minCode) = (grid.Bits, 32 / grid.Bits, grid.MinCode);
        words = new uint[checked((count + perWord - 1) / perWord * Lanes)];
        for (int lane = 0; lane < lanes; lane++)
        {
            (scales[lane], offsets[lane]) = (grid.Scale(firstOutput + lane), grid.Offset(firstOutput + lane));
            for (int i = 0; i < count; i++)
            {
                words[i / perWord * Lanes + lane] |= (uint)code(i, lane) << (i % perWord * bits);
            }
        }
    }

    /// <summary>Bytes held.</summary>
    public long ByteCount => (long)words.Length * sizeof(uint);

    /// <summary>Writes elements as reals, one vector of 16 channels each.</summary>
    /// <param name="first">First element.</param>
    /// <param name="count">How many.</param>
    /// <param name="target">Where to.</param>
    /// <param name="step">Distance from one vector to the next.</param>
    public void Unpack(int first, int count, float* target, int step)
    {
        var mask = Vector512.Create((1 << bits) - 1);
        var min = Vector512.Create(minCode);
        fixed (float* s = scales, o = offsets)
        fixed (uint* source = words)
        {
            Vector512<float> scale = Vector512.Load(s), offset = Vector512.Load(o);
            for (int i = first, end = first + count; i < end;)
            {
                int shift = i % perWord;
                var word = Vector512.Load((int*)source + i / perWord * Lanes) >>> (shift * bits);
                for (int stop = Math.Min(end, i + perWord - shift); i < stop; i++, target += step)
                {
                    (Vector512.ConvertToSingle((word & mask) + min) * scale + offset).Store(target);
                    word >>>= bits;
                }
            }
        }
    }
}
