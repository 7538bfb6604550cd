using TorchSharp;
using static TorchSharp.torch;

namespace BitAnneal.Training.Tensors;

/// <summary>
/// The arithmetic of step code. TorchSharp's operators (<c>a + b</c>, <c>x * 2</c>) pass a temporary native scalar that a garbage
/// collection may free while native code reads it; here every scalar lives until the call has returned.
/// </summary>
internal static class TensorMath
{
    private static readonly Scalar One = 1.0.ToScalar();

    /// <summary>a + b.</summary>
    public static Tensor Plus(this Tensor a, Tensor b) => a.add(b, One);

    /// <summary>a ← a + b.</summary>
    public static Tensor PlusInPlace(this Tensor a, Tensor b) => a.add_(b, One);

    /// <summary>a ← a + factor · b.</summary>
    public static Tensor PlusInPlace(this Tensor a, Tensor b, double factor)
    {
        using var scalar = factor.ToScalar();
        return a.add_(b, scalar);
    }

    /// <summary>a + factor · b.</summary>
    public static Tensor Plus(this Tensor a, Tensor b, double factor)
    {
        using var scalar = factor.ToScalar();
        return a.add(b, scalar);
    }

    /// <summary>factor · a.</summary>
    public static Tensor Times(this Tensor a, double factor)
    {
        using var scalar = factor.ToScalar();
        return a.mul(scalar);
    }

    /// <summary>a ← factor · a.</summary>
    public static Tensor TimesInPlace(this Tensor a, double factor)
    {
        using var scalar = factor.ToScalar();
        return a.mul_(scalar);
    }
}
