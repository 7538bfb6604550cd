using BitAnneal.Graphs;
using static TorchSharp.torch;

namespace BitAnneal.Training.Quantizers;

/// <summary>
/// Evenly spaced levels over a range: Q(V; n) = Vmin + Δ·round((V − Vmin)/Δ) with Δ = (Vmax − Vmin)/(2ⁿ − 1) (quantizers.md, section 3.1).
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
    /// <exception cref="ArgumentOutOfRangeException">The width is neither 1 to 8 nor 32.</exception>
    public UniformQuantizer(
        string site, QuantizerRange range, int bits, Rounding rounding = Rounding.HalfToEven, GradientEstimator estimator = GradientEstimator.Identity)
        : base(site)
    {
        if (bits is not FloatBits and not (>= 1 and <= Grid.MaxBits))
        {
            throw new ArgumentOutOfRangeException(nameof(bits), $"bit width {bits} of '{site}' is outside 1..{Grid.MaxBits}");
        }

        Range = range;
        Bits = bits;
        Rounding = rounding;
        Estimator = estimator;
    }

    /// <summary>Where the grid lies.</summary>
    public QuantizerRange Range { get; }

    /// <summary>Width of the codes in bits; <see cref="FloatBits"/> for the identity.</summary>
    public int Bits { get; }

    /// <summary>Whether values pass unchanged.</summary>
    public bool IsFloat => Bits == FloatBits;

    /// <summary>Rounding rule.</summary>
    public Rounding Rounding { get; }

    /// <summary>Gradient estimator.</summary>
    public GradientEstimator Estimator { get; }

    /// <inheritdoc/>
    public override UniformQuantizer Target => this;

    /// <inheritdoc/>
    public override IReadOnlyList<(string Role, Tensor Value)> Parameters => Range.Parameters;

    /// <inheritdoc/>
    public override IReadOnlyList<QuantizerRange> Ranges => [Range];

    /// <inheritdoc/>
    public override Tensor Apply(Tensor x, bool training) => Mixture.Apply(x, null, [this], training, Site);

    /// <summary>The grid that the frozen network uses.</summary>
    /// <param name="x">The tensor: a weight, or an activation batch where no range was observed before.</param>
    public Grid FrozenGrid(Tensor x)
    {
        var range = Range.Observe(x, training: false, Site);
        return Grid.Uniform(Bits, range.Step(Bits), range.Min);
    }

    /// <summary>The code of a value under this quantizer's rounding rule, evaluated in float64.</summary>
    public int Code(float value, Grid grid)
    {
        double position = ((double)value - grid.Offset(0)) / grid.Scale(0);
        double rounded = Rounding switch
        {
            Rounding.HalfToEven => Math.Round(position, MidpointRounding.ToEven),
            Rounding.HalfUp => Math.Floor(position + 0.5),
            _ => Math.Floor(position),
        };
        return (int)Math.Clamp(rounded, grid.MinCode, grid.MaxCode);
    }
}
