using System.Collections.Immutable;

namespace BitAnneal.Graphs;

/// <summary>
/// Where quantized values lie: <c>x = scale · code + offset</c> with <c>code ∈ [MinCode, MaxCode]</c>, one scale and offset for
/// the tensor or one per channel. The channel axis is always the outermost: output channels of a weight, channels of an image.
/// </summary>
/// <remarks>
/// The offset is a float and not an integer zero point, because two-bit min-max grids contain no zero.
/// Example: <c>Grid.Uniform(2, 1f, -1f)</c> holds −1, 0, 1 and 2 under the codes 0, 1, 2 and 3.
/// </remarks>
public sealed class Grid : IEquatable<Grid>
{
    /// <summary>Widest code we store, in bits.</summary>
    public const int MaxBits = 8;

    /// <summary>Creates a grid.</summary>
    /// <param name="minCode">Smallest code, at least −128.</param>
    /// <param name="maxCode">Largest code; the range must hold 2 to 256 codes.</param>
    /// <param name="scales">Step between neighbouring codes, positive and finite; one entry, or one per channel.</param>
    /// <param name="offsets">Value of code 0, finite; as many entries as <paramref name="scales"/>.</param>
    /// <exception cref="ArgumentException">A bound, a scale or an offset is out of range.</exception>
    public Grid(int minCode, int maxCode, ReadOnlySpan<float> scales, ReadOnlySpan<float> offsets)
    {
        if (minCode < -128 || maxCode > 255 || maxCode <= minCode || maxCode - minCode > 255)
        {
            throw new ArgumentException($"codes {minCode}..{maxCode} do not fit {MaxBits} bits");
        }

        if (scales.Length == 0 || scales.Length != offsets.Length)
        {
            throw new ArgumentException($"{scales.Length} scales and {offsets.Length} offsets; there must be equally many, at least one");
        }

        for (int i = 0; i < scales.Length; i++)
        {
            if (!(scales[i] > 0) || !float.IsFinite(scales[i]) || !float.IsFinite(offsets[i]))
            {
                throw new ArgumentException($"scale {scales[i]} with offset {offsets[i]} at channel {i}: scales must be positive, both finite");
            }
        }

        MinCode = minCode;
        MaxCode = maxCode;
        Scales = [.. scales];
        Offsets = [.. offsets];
    }

    /// <summary>Smallest code.</summary>
    public int MinCode { get; }

    /// <summary>Largest code.</summary>
    public int MaxCode { get; }

    /// <summary>Step between neighbouring codes; one entry, or one per channel.</summary>
    public ImmutableArray<float> Scales { get; }

    /// <summary>Value of code 0; one entry, or one per channel.</summary>
    public ImmutableArray<float> Offsets { get; }

    /// <summary>Number of codes.</summary>
    public int LevelCount => MaxCode - MinCode + 1;

    /// <summary>Bits that one code needs, 1 to 8.</summary>
    public int Bits => 32 - int.LeadingZeroCount(MaxCode - MinCode);

    /// <summary>Whether every channel has its own scale and offset.</summary>
    public bool IsPerChannel => Scales.Length > 1;

    /// <summary>A grid with the codes 0 to 2^bits − 1 and one scale and offset.</summary>
    public static Grid Uniform(int bits, float scale, float offset) => new(0, LastCode(bits), [scale], [offset]);

    /// <summary>Largest code of an unsigned grid of that width: 2^bits − 1.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The width is outside 1..8.</exception>
    public static int LastCode(int bits) => bits is >= 1 and <= MaxBits
        ? (1 << bits) - 1
        : throw new ArgumentOutOfRangeException(nameof(bits), $"bit width {bits} is outside 1..{MaxBits}");

    /// <summary>Scale of a channel; the only scale when the grid is per tensor.</summary>
    public float Scale(int channel) => Scales[IsPerChannel ? channel : 0];

    /// <summary>Offset of a channel; the only offset when the grid is per tensor.</summary>
    public float Offset(int channel) => Offsets[IsPerChannel ? channel : 0];

    /// <summary>The value of a code in float32: product and sum are rounded one after the other, as every reader does it.</summary>
    public float Dequantize(int code, int channel = 0)
    {
        float product = Scale(channel) * code;
        return product + Offset(channel);
    }

    /// <summary>The nearest code, ties to even, clamped to the range; evaluated in float64. NaN becomes the smallest code.</summary>
    public int Quantize(float value, int channel = 0)
    {
        double position = Math.Round(((double)value - Offset(channel)) / Scale(channel), MidpointRounding.ToEven);
        return position >= MaxCode ? MaxCode : position > MinCode ? (int)position : MinCode;
    }

    /// <inheritdoc/>
    public bool Equals(Grid? other) =>
        other is not null && MinCode == other.MinCode && MaxCode == other.MaxCode
        && Scales.AsSpan().SequenceEqual(other.Scales.AsSpan()) && Offsets.AsSpan().SequenceEqual(other.Offsets.AsSpan());

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as Grid);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(MinCode, MaxCode, Scales.Length, Scales[0], Offsets[0]);

    /// <summary>For example <c>2 bit [0..3], scale 0.5, offset -1</c>.</summary>
    public override string ToString() => FormattableString.Invariant(
        $"{Bits} bit [{MinCode}..{MaxCode}], {(IsPerChannel ? $"{Scales.Length} channels" : $"scale {Scales[0]}, offset {Offsets[0]}")}");
}
