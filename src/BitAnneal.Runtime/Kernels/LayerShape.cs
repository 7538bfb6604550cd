namespace BitAnneal.Runtime.Kernels;

/// <summary>What decides which kernel of a family serves a layer.</summary>
/// <param name="OutputWidth">Output places of a row.</param>
/// <param name="Stride">Pixels from one place to the next in a row.</param>
/// <param name="RunPixels">Neighbouring pixels of a run.</param>
internal readonly record struct LayerShape(int OutputWidth, int Stride, int RunPixels);
