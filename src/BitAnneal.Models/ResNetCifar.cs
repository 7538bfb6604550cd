using BitAnneal.Graphs;
using BitAnneal.Graphs.Operators;

namespace BitAnneal.Models;

/// <summary>The residual networks for CIFAR of He et al. 2015 (arXiv 1512.03385), with parameter-free shortcuts (option A).</summary>
public static class ResNetCifar
{
    /// <summary>A network of depth 6n + 2 for 3×32×32 images.</summary>
    /// <param name="depth">20, 32, 44, 56, ...</param>
    /// <param name="seed">Seed of the initial parameters.</param>
    /// <param name="classes">Number of classes.</param>
    /// <exception cref="ArgumentException">The depth is not 6n + 2.</exception>
    public static Graph Create(int depth, ulong seed = 0, int classes = 10)
    {
        if (depth < 8 || (depth - 2) % 6 != 0)
        {
            throw new ArgumentException($"a residual network for CIFAR has a depth of 6n + 2, not {depth}");
        }

        var builder = new GraphBuilder($"resnet{depth}")
            .Input(new TensorShape(3, 32, 32), PixelGrid.Normalized(PixelGrid.CifarMeans, PixelGrid.CifarDeviations))
            .Conv2d("conv1", 16, 3, padding: 1).BatchNorm("bn1").Relu();
        int channels = 16;
        for (int stage = 1; stage <= 3; stage++)
        {
            int planes = 16 << (stage - 1);
            for (int block = 0; block < (depth - 2) / 6; block++)
            {
                Block(builder, $"layer{stage}.{block}", channels, planes);
                channels = planes;
            }
        }

        return builder.GlobalAveragePool().Flatten().Linear("linear", classes).Build(seed);
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
            builder.From(shortcut).StridedSlice(2, $"{name}.shortcut.slice")
                .Pad(new Pad { ChannelsBefore = planes / 4, ChannelsAfter = planes / 4 }, $"{name}.shortcut");
            shortcut = builder.Current;
        }

        builder.From(main).Add(shortcut, $"{name}.add").Relu($"{name}.relu2");
    }
}
