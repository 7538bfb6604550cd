using BitAnneal.Graphs;

namespace BitAnneal.Models;

/// <summary>
/// VGG-7 as low-bit papers use it for CIFAR-10: 2×128C3 - MP2 - 2×256C3 - MP2 - 2×512C3 - MP2 - 1024FC, then the classes (Li and Liu 2016,
/// "Ternary weight networks", arXiv 1605.04711, section 3), with batch normalisation behind each layer but the last. 13.0 M parameters, 0.62 GMAC.
/// </summary>
public static class Vgg7
{
    /// <summary>The network for 3×32×32 images.</summary>
    /// <param name="seed">Seed of the initial parameters.</param>
    /// <param name="classes">Number of classes.</param>
    public static Graph Create(ulong seed = 0, int classes = 10)
    {
        var builder = new GraphBuilder("vgg7").Input(new TensorShape(3, 32, 32), PixelGrid.Normalized(PixelGrid.CifarMeans, PixelGrid.CifarDeviations));
        for (int layer = 1; layer <= 6; layer++)
        {
            builder.Conv2d($"conv{layer}", 128 << ((layer - 1) / 2), 3, padding: 1).BatchNorm($"bn{layer}").Relu();
            if (layer % 2 == 0)
            {
                builder.MaxPool(2);
            }
        }

        return builder.Flatten().Linear("fc1", 1024, bias: false).BatchNorm("bn7").Relu().Linear("fc2", classes).Build(seed);
    }
}
