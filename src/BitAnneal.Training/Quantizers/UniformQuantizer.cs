using BitAnneal.Graphs;
using BitAnneal.Training.Tensors;
using static TorchSharp.torch;

namespace BitAnneal.Training.Quantizers;

/// <summary>
/// Evenly spaced levels over a range, per tensor or per channel: Q(V) = Vmin + Δ·code with Δ = (Vmax − Vmin)/(levels − 1). The code is that of
/// the nearest level, or, where the range has a dead zone, follows from two thresholds (quantizers.md, sections 2 and 3).
/// </summary>
public sealed class UniformQuantizer : Quantizer
{
    /// <summary>The bit width that stands for "left in float32": the quantizer is the identity.</summary>
    public const int FloatBits = 32;

    /// <summary>Puts a quantizer together from its parts.</summary>
    /// <param name="site">Name of the parameter or graph value that is quantized.</param>
    /// <param name="range">Where the grid lies. Several quantizers of one mixture may share it.</param>
    /// <param name="bits">Width of the codes, 1 to 8, or <see cref="FloatBits"/>.</param>
    /// <param name="rounding">Rounding rule.</param>
    /// <param name="estimator">Gradient estimator.</param>
    /// <param name="levels">Number of levels; null for all that the width has. An odd number over a symmetric range puts zero on the grid.</param>
    /// <exception cref="ArgumentOutOfRangeException">The width is neither 1 to 8 nor 32, or does not hold the levels.</exception>
    public UniformQuantizer(
        string site, QuantizerRange range, int bits, Rounding rounding = Rounding.HalfToEven, GradientEstimator estimator = GradientEstimator.Identity, int? levels = null)
        : base(site)
    {
        if (bits is not FloatBits and not (>= 1 and <= Grid.MaxBits))
        {
            throw new ArgumentOutOfRangeException(nameof(bits), $"bit width {bits} of '{site}' is outside 1..{Grid.MaxBits}");
        }

        if (bits != FloatBits && levels is { } given && (given > 1 << bits || given <= 1 << (bits - 1)))
        {
            throw new ArgumentOutOfRangeException(nameof(levels), $"{given} levels of '{site}' do not take {bits} bits");
        }

        Range = range;
        Bits = bits;
        Rounding = rounding;
        Estimator = estimator;
        Levels = bits == FloatBits ? 0 : levels ?? 1 << bits;
    }

    /// <summary>Where the grid lies.</summary>
    public QuantizerRange Range { get; }

    /// <summary>Width of the codes in bits; <see cref="FloatBits"/> for the identity.</summary>
    public int Bits { get; }

    /// <summary>Number of levels; 0 for the identity.</summary>
    public int Levels { get; }

    /// <summary>Whether values pass unchanged, or at most clipped.</summary>
    public bool IsFloat => Bits == FloatBits;

    /// <summary>Rounding rule.</summary>
    public Rounding Rounding { get; }

    /// <summary>Gradient estimator.</summary>
    public GradientEstimator Estimator { get; }

    /// <summary>The ranges of the last pass: one entry, or one per channel; null before the first pass and for the identity.</summary>
    public IReadOnlyList<ClipRange>? LastRanges { get; private set; }

    /// <inheritdoc/>
    public override UniformQuantizer Target => this;

    /// <inheritdoc/>
    public override IReadOnlyList<(string Role, Tensor Value)> Parameters => Range.Parameters;

    /// <inheritdoc/>
    public override IReadOnlyList<QuantizerRange> Ranges => [Range];

    /// <inheritdoc/>
    public override Tensor Apply(Tensor x, bool training) => Mixture.Apply(x, null, [this], training, Site);

    /// <inheritdoc/>
    public override (Tensor Quantized, Tensor? Value) ApplyFused(in QuantizerInput input, bool training) => Mixture.ApplyFused(input, null, [this], training, Site);

    /// <summary>The grid that the frozen network uses.</summary>
    /// <param name="x">The tensor: a weight, or an activation batch where no range was observed before.</param>
    public Grid FrozenGrid(Tensor x) => GridOf(new Observation(x, training: false, Site).Of(Range));

    /// <summary>The values as codes. Dequantizing them gives Q exactly.</summary>
    internal QuantizedTensor ToCodes(Tensor x)
    {
        using var noGradient = no_grad();
        var ranges = new Observation(x, training: false, Site).Of(Range);
        var partners = Partners(ranges);
        float[] values = TensorMemory.ToFloats(x);
        int[] codes = new int[values.Length], dimensions = [.. x.shape.Select(d => (int)d)];
        int channelSize = dimensions.Length == 0 ? 1 : values.Length / dimensions[0];
        for (int i = 0; i < codes.Length; i++)
        {
            codes[i] = LevelCode.Of(values[i], partners[ranges.Length == 1 ? 0 : i / channelSize]);
        }

        return QuantizedTensor.FromCodes(new TensorShape(dimensions), GridOf(ranges), codes);
    }

    /// <summary>How many values lie within a distance, in steps, of a threshold between two levels.</summary>
    internal int NearThresholds(Tensor x, double distance)
    {
        using var noGradient = no_grad();
        var partners = Partners(new Observation(x, training: false, Site).Of(Range));
        float[] values = TensorMemory.ToFloats(x);
        int channelSize = Math.Max(1, values.Length / partners.Length);
        return Enumerable.Range(0, values.Length).Count(i => LevelCode.ThresholdDistance(values[i], partners[i / channelSize]) <= distance);
    }

    /// <summary>What the kernels need for one pass: one entry, or one per channel.</summary>
    internal Partner[] Partners(Observation values)
    {
        if (IsFloat)
        {
            var clip = Range.Clip is null ? StraightThrough.Identity : StraightThrough.Clipped(0, values.Of(Range)[0].Max);
            return [Partner.Float(clip.Behind(values.Rectifier))];
        }

        var ranges = values.Of(Range);
        LastRanges = ranges;
        long channelSize = values.Count / ranges.Length;
        bool isNode = Range.IsKept && !values.Training && Rounding == Rounding.HalfToEven;
        return [.. ranges.Select(r => PartnerOf(r, Slope(r, channelSize).Behind(values.Rectifier)) with { IsNode = isNode })];
    }

    private Partner[] Partners(ClipRange[] ranges) => [.. ranges.Select(r => PartnerOf(r, StraightThrough.Identity))];

    private Partner PartnerOf(ClipRange range, StraightThrough slope)
    {
        var (scale, offset, min) = Affine(range);
        return new Partner(scale, offset, min, min + Levels - 1, slope, Rounding, range.IsConstant ? float.NaN : range.DeadZone);
    }

    private StraightThrough Slope(ClipRange range, long channelSize) => Estimator switch
    {
        GradientEstimator.Clipped => StraightThrough.Clipped(range.Min, range.Max),
        GradientEstimator.UnitInterval => StraightThrough.Clipped(-1, 1),
        GradientEstimator.ScaledSign => new StraightThrough(-1, 1, (1f / channelSize) + range.Max, 1f / channelSize),
        _ => StraightThrough.Identity,
    };

    /// <summary>Codes count from 0 at the lowest level, or from the middle where zero is one of the levels: kernels then need no offset.</summary>
    private (float Scale, float Offset, int MinCode) Affine(ClipRange range)
    {
        float step = range.Step(Levels);
        return Levels % 2 == 1 && range.Min == -range.Max ? (step, 0, -(Levels / 2)) : (step, range.Min, 0);
    }

    private Grid GridOf(ClipRange[] ranges)
    {
        var affine = ranges.Select(Affine).ToArray();
        int min = affine[0].MinCode; // The same for every channel: it depends on the kind of range.
        return new Grid(min, min + Levels - 1, [.. affine.Select(a => a.Scale)], [.. affine.Select(a => a.Offset)]);
    }
}
