using BitAnneal.Graphs;
using BitAnneal.Training.Tensors;
using static TorchSharp.torch;

namespace BitAnneal.Training.Quantizers;

/// <summary>The value in front of a quantizer as its last steps: a sum x + b or x alone, then a rectifier or none.</summary>
/// <param name="X">float32, any shape.</param>
/// <param name="Addend">b, of the same shape; null for none.</param>
/// <param name="Rectifier">What stands behind the sum.</param>
/// <param name="KeepsValue">Whether others read the value too.</param>
/// <param name="OwnsX">Whether nobody else reads x, a backward pass included: its memory may be overwritten.</param>
public readonly record struct QuantizerInput(Tensor X, Tensor? Addend = null, Rectifier Rectifier = Rectifier.None, bool KeepsValue = false, bool OwnsX = false)
{
    /// <summary>The value in tensor operations. A new tensor object.</summary>
    public Tensor Compute()
    {
        using var scope = NewDisposeScope();
        var sum = Addend is null ? X.alias() : X.Plus(Addend);
        return Rectifier.Of(sum).MoveToOuterDisposeScope();
    }
}
