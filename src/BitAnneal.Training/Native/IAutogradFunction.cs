using static TorchSharp.torch;

namespace BitAnneal.Training.Native;

/// <summary>The backward half of an operation. Disposed of once no backward pass can come any more.</summary>
internal interface IAutogradFunction : IDisposable
{
    /// <summary>Gradients of the inputs from those of the outputs. It must not throw: native code calls it, and an exception ends the process.</summary>
    /// <param name="gradients">One per output; null where nothing depends on it. They are the caller's.</param>
    /// <returns>One per input, in a scope or none; null for none. One tensor may stand at several places.</returns>
    Tensor?[] Backward(Tensor?[] gradients);
}
