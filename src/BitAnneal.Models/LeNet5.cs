using BitAnneal.Graphs;

namespace BitAnneal.Models;

/// <summary>LeNet-5 (LeCun et al. 1998) in its usual modern form: ReLU and max pooling.</summary>
public static class LeNet5
{
    /// <summary>The network for 1×28×28 images.</summary>
    /// <param name="seed">Seed of the initial parameters.</param>
    /// <param name="classes">Number of classes.</param>
    public static Graph Create(ulong seed = 0, int classes = 10) => new GraphBuilder("lenet5")
        .Input(new TensorShape(1, 28, 28), PixelGrid.Normalized([0.5], [0.5]))
        .Conv2d("conv1", 6, 5, padding: 2, bias: true).Relu().MaxPool(2)
        .Conv2d("conv2", 16, 5, bias: true).Relu().MaxPool(2).Flatten()
        .Linear("fc1", 120).Relu().Linear("fc2", 84).Relu().Linear("fc3", classes).Build(seed);
}
