using BitAnneal.Graphs;

namespace BitAnneal.Models;

/// <summary>
/// MobileNetV2 of Sandler et al. 2018 (arXiv 1801.04381, table 2): inverted residuals with depthwise convolutions, ReLU6 and linear
/// bottlenecks, width 1. Nodes and parameters are named as in torchvision, so its weights load; its dropout before the last layer is left out.
/// </summary>
public static class MobileNetV2
{
    /// <summary>Rows of table 2: expansion t, channels c, repeats n, stride s of the first repeat.</summary>
    private static readonly (int T, int C, int N, int S)[] Stages =
        [(1, 16, 1, 1), (6, 24, 2, 2), (6, 32, 3, 2), (6, 64, 4, 2), (6, 96, 3, 1), (6, 160, 3, 2), (6, 320, 1, 1)];

    /// <summary>For 3×32×32 images: as usual for CIFAR, the first convolution and the second stage have stride 1. 2.2 M parameters, 0.09 GMAC.</summary>
    /// <param name="seed">Seed of the initial parameters.</param>
    /// <param name="classes">Number of classes.</param>
    public static Graph CreateCifar(ulong seed = 0, int classes = 10) => Body(
        new GraphBuilder("mobilenetv2").Input(new TensorShape(3, 32, 32), PixelGrid.Normalized(PixelGrid.CifarMeans, PixelGrid.CifarDeviations)),
        stemStride: 1, secondStride: 1, classes).Build(seed);

    /// <summary>For 3×224×224 images. 3.5 M parameters, 0.30 GMAC.</summary>
    /// <param name="seed">Seed of the initial parameters.</param>
    /// <param name="classes">Number of classes.</param>
    public static Graph CreateImageNet(ulong seed = 0, int classes = 1000) => Body(
        new GraphBuilder("mobilenetv2-imagenet").Input(new TensorShape(3, 224, 224), PixelGrid.Normalized(PixelGrid.ImageNetMeans, PixelGrid.ImageNetDeviations)),
        stemStride: 2, secondStride: 2, classes).Build(seed);

    private static GraphBuilder Body(GraphBuilder builder, int stemStride, int secondStride, int classes)
    {
        builder.Conv2d("features.0.0", 32, 3, stemStride, 1).BatchNorm("features.0.1").Relu6("features.0.2");
        int channels = 32, index = 0;
        for (int stage = 0; stage < Stages.Length; stage++)
        {
            var (expansion, planes, repeats, stride) = Stages[stage];
            for (int i = 0; i < repeats; i++)
            {
                int step = i > 0 ? 1 : stage == 1 ? secondStride : stride;
                Block(builder, $"features.{++index}", channels, planes, expansion, step);
                channels = planes;
            }
        }

        return builder.Conv2d("features.18.0", 1280, 1).BatchNorm("features.18.1").Relu6("features.18.2")
            .GlobalAveragePool().Flatten().Linear("classifier.1", classes);
    }

    /// <summary>Expand (1×1), filter (3×3 depthwise), project (1×1, no activation behind it); a shortcut where the shape stays.</summary>
    private static void Block(GraphBuilder builder, string name, int channels, int planes, int expansion, int stride)
    {
        string shortcut = builder.Current;
        int hidden = channels * expansion, part = 0;
        if (expansion != 1)
        {
            builder.Conv2d($"{name}.conv.{part}.0", hidden, 1).BatchNorm($"{name}.conv.{part}.1").Relu6($"{name}.conv.{part++}.2");
        }

        builder.Conv2d($"{name}.conv.{part}.0", hidden, 3, stride, 1, groups: hidden).BatchNorm($"{name}.conv.{part}.1").Relu6($"{name}.conv.{part}.2")
            .Conv2d($"{name}.conv.{part + 1}", planes, 1).BatchNorm($"{name}.conv.{part + 2}");
        if (stride == 1 && planes == channels)
        {
            builder.Add(shortcut, $"{name}.add");
        }
    }
}
