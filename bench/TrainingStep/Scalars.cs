using TorchSharp;

namespace BitAnneal.Bench;

/// <summary>Native scalars that live as long as the program.</summary>
internal static class Scalars
{
    public static Scalar One { get; } = 1.0.ToScalar();
}
