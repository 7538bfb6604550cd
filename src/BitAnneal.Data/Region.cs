namespace BitAnneal.Data;

/// <summary>A rectangle of pixels.</summary>
/// <param name="Top">First row.</param>
/// <param name="Left">First column.</param>
/// <param name="Height">Number of rows.</param>
/// <param name="Width">Number of columns.</param>
public readonly record struct Region(int Top, int Left, int Height, int Width);
