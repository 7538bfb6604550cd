using BitAnneal.Training.Native;
using BitAnneal.Training.Tensors;
using static TorchSharp.torch;

namespace BitAnneal.Training.Relaxations;

/// <summary>a = softmax(α/T) of a few numbers as one autograd node: single tensor operations cost more than a small layer.</summary>
internal sealed class SoftmaxFunction : IAutogradFunction
{
    private readonly float[] a;
    private readonly double temperature;

    private SoftmaxFunction(float[] a, double temperature) => (this.a, this.temperature) = (a, temperature);

    /// <summary>The softmax.</summary>
    /// <param name="alpha">α, K float32 values on the CPU.</param>
    /// <param name="temperature">T.</param>
    public static Tensor Apply(Tensor alpha, double temperature)
    {
        float[] a = [.. Attention.Softmax([.. TensorMemory.ToFloats(alpha).Select(v => (double)v)], temperature).Select(v => (float)v)];
        var result = tensor(a);
        return AutogradNode.IsNeeded(alpha) ? AutogradNode.Connect(new SoftmaxFunction(a, temperature), [alpha], [result])[0] : result;
    }

    /// <summary>dL/dα_k = a_k/T·(G_k − Σ_j a_j·G_j).</summary>
    public Tensor?[] Backward(Tensor?[] gradients)
    {
        float[] g = TensorMemory.ToFloats(gradients[0]!);
        double mean = a.Zip(g, (p, q) => (double)p * q).Sum();
        float[] result = [.. a.Zip(g, (p, q) => (float)(p / temperature * (q - mean)))];
        return [tensor(result)];
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        // Nothing native is held.
    }
}
