namespace BitAnneal.Training.Methods.Dqa.Paper;

/// <summary>The share of the gap between plain low-bit training and float32 that a method closes (dqa.md, section 12).</summary>
/// <param name="FullPrecision">Top-1 of float32 in percent.</param>
/// <param name="Plain">Top-1 of plain training in percent.</param>
/// <param name="Method">Top-1 of the method in percent.</param>
/// <example>Float 95.2, plain 91.5, method 94.8: 0.892 of the gap.</example>
public readonly record struct RecoveredGap(double FullPrecision, double Plain, double Method)
{
    /// <summary>The least gap in points whose share says anything; below it only differences do.</summary>
    public const double LeastPoints = 3;

    /// <summary>Points over plain training.</summary>
    public double Points => Method - Plain;

    /// <summary>(method − plain) / (float − plain): 0 is no better than plain, 1 is float accuracy.</summary>
    public double Share => (Method - Plain) / (FullPrecision - Plain);

    /// <summary>Whether the gap is wide enough for <see cref="Share"/>.</summary>
    public bool IsWide => FullPrecision - Plain >= LeastPoints;

    /// <summary>The share where it says something, else the points.</summary>
    public override string ToString() => IsWide ? FormattableString.Invariant($"{Share * 100:F1} %") : FormattableString.Invariant($"{Points:+0.0;-0.0;0.0} points");
}
