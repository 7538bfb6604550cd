using BitAnneal.Training.Tensors;
using static TorchSharp.torch;

namespace BitAnneal.Training.Quantizers;

/// <summary>The value in front of a quantizer as its last steps: x, x + b, max(x, 0) or max(x + b, 0).</summary>
/// <param name="X">float32, any shape.</param>
/// <param name="Addend">b, of the same shape; null for none.</param>
/// <param name="Rectified">Whether a ReLU stands behind the sum.</param>
/// <param name="KeepsValue">Whether others read the value too.</param>
public readonly record struct QuantizerInput(Tensor X, Tensor? Addend, bool Rectified, bool KeepsValue)
{
    /// <summary>The value in tensor operations. A new tensor object.</summary>
    public Tensor Compute()
    {
        using var scope = NewDisposeScope();
        var sum = Addend is null ? X.alias() : X.Plus(Addend);
        return (Rectified ? sum.relu() : sum).MoveToOuterDisposeScope();
    }
}
