using BitAnneal.Training.Native;
using TorchSharp;
using static TorchSharp.torch;

namespace BitAnneal.Training.Tensors;

/// <summary>Σ_l ⟨c_l, x_l⟩ of many short vectors as one autograd node: single tensor operations take three per vector.</summary>
internal sealed class DotProducts : IAutogradFunction
{
    private readonly float[][] coefficients;

    private DotProducts(float[][] coefficients) => this.coefficients = coefficients;

    /// <summary>The sum.</summary>
    /// <param name="vectors">x_l, float32, all on one device.</param>
    /// <param name="coefficients">c_l, as long as x_l.</param>
    public static Tensor Sum(Tensor[] vectors, float[][] coefficients)
    {
        if (vectors[0].device_type != DeviceType.CPU)
        {
            var terms = vectors.Zip(coefficients, (x, c) => x.mul(tensor(c, device: x.device)).sum());
            return terms.Aggregate((sum, term) => sum.Plus(term));
        }

        var result = tensor((float)vectors.Zip(coefficients, (x, c) => TensorMemory.ToFloats(x).Zip(c, (p, q) => (double)p * q).Sum()).Sum());
        return AutogradNode.IsNeeded(vectors) ? AutogradNode.Connect(new DotProducts(coefficients), vectors, [result])[0] : result;
    }

    /// <summary>dL/dx_l = G·c_l.</summary>
    public Tensor?[] Backward(Tensor?[] gradients)
    {
        float g = TensorMemory.ToFloats(gradients[0]!)[0];
        return [.. coefficients.Select(c => tensor(Array.ConvertAll(c, v => v * g)))];
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        // Nothing native is held.
    }
}
