using BitAnneal.Graphs;

namespace BitAnneal.Models;

/// <summary>
/// The residual network with 18 layers of He et al. 2015 (arXiv 1512.03385, table 1), with 1×1 convolutions where a shortcut changes its
/// shape (option B). Nodes and parameters are named as in torchvision, so its weights load.
/// </summary>
public static class ResNet18
{
    /// <summary>For 3×32×32 images: a 3×3 convolution of stride 1 and no pooling in front. 11.2 M parameters, 0.56 GMAC.</summary>
    /// <param name="seed">Seed of the initial parameters.</param>
    /// <param name="classes">Number of classes.</param>
    public static Graph CreateCifar(ulong seed = 0, int classes = 10) => Stages(new GraphBuilder("resnet18")
        .Input(new TensorShape(3, 32, 32), PixelGrid.Normalized(PixelGrid.CifarMeans, PixelGrid.CifarDeviations))
        .Conv2d("conv1", 64, 3, padding: 1).BatchNorm("bn1").Relu(), classes).Build(seed);

    /// <summary>For 3×224×224 images: a 7×7 convolution and a max pooling of stride 2 in front. 11.7 M parameters, 1.81 GMAC.</summary>
    /// <param name="seed">Seed of the initial parameters.</param>
    /// <param name="classes">Number of classes.</param>
    public static Graph CreateImageNet(ulong seed = 0, int classes = 1000) => Stages(new GraphBuilder("resnet18-imagenet")
        .Input(new TensorShape(3, 224, 224), PixelGrid.Normalized(PixelGrid.ImageNetMeans, PixelGrid.ImageNetDeviations))
        .Conv2d("conv1", 64, 7, stride: 2, padding: 3).BatchNorm("bn1").Relu().MaxPool(3, 2, 1), classes).Build(seed);

    private static GraphBuilder Stages(GraphBuilder builder, int classes)
    {
        int channels = 64;
        for (int stage = 1; stage <= 4; stage++)
        {
            int planes = 64 << (stage - 1);
            Block(builder, $"layer{stage}.0", channels, planes);
            Block(builder, $"layer{stage}.1", planes, planes);
            channels = planes;
        }

        return builder.GlobalAveragePool().Flatten().Linear("fc", classes);
    }

    private static void Block(GraphBuilder builder, string name, int channels, int planes)
    {
        string shortcut = builder.Current;
        Extent stride = planes == channels ? 1 : 2;
        builder.Conv2d($"{name}.conv1", planes, 3, stride, 1).BatchNorm($"{name}.bn1").Relu($"{name}.relu1")
            .Conv2d($"{name}.conv2", planes, 3, padding: 1).BatchNorm($"{name}.bn2");
        string main = builder.Current;
        if (planes != channels)
        {
            shortcut = builder.From(shortcut).Conv2d($"{name}.downsample.0", planes, 1, stride).BatchNorm($"{name}.downsample.1").Current;
        }

        builder.From(main).Add(shortcut, $"{name}.add").Relu($"{name}.relu2");
    }
}
