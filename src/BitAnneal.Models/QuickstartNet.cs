using BitAnneal.Graphs;

namespace BitAnneal.Models;

/// <summary>A small convolutional network, quick to train on two cores: four convolutions, 4.8 million multiply-accumulates.</summary>
public static class QuickstartNet
{
    /// <summary>The network for 3×32×32 images.</summary>
    /// <param name="seed">Seed of the initial parameters.</param>
    /// <param name="classes">Number of classes.</param>
    public static Graph Create(ulong seed = 0, int classes = 10) => new GraphBuilder("quickstart")
        .Input(new TensorShape(3, 32, 32), PixelGrid.Normalized([0.5, 0.5, 0.5], [0.25, 0.25, 0.25]))
        .Conv2d("conv1", 16, 3, stride: 2, padding: 1).BatchNorm("bn1").Relu()
        .Conv2d("conv2", 32, 3, padding: 1).BatchNorm("bn2").Relu()
        .Conv2d("conv3", 64, 3, stride: 2, padding: 1).BatchNorm("bn3").Relu()
        .Conv2d("conv4", 64, 3, padding: 1).BatchNorm("bn4").Relu()
        .GlobalAveragePool().Flatten().Linear("classifier", classes).Build(seed);
}
