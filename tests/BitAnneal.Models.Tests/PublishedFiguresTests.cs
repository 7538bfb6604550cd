using BitAnneal.Graphs.Cost;
using BitAnneal.Graphs.Operators;

namespace BitAnneal.Models.Tests;

public class PublishedFiguresTests
{
    /// <summary>
    /// He et al. 2015, table 6, says 0.27, 0.46, 0.66, 0.85 and 1.7 million parameters. By hand, with n = (depth − 2) / 6:
    /// 432 + 2n·2304 + 4608 + (2n − 1)·9216 + 18432 + (2n − 1)·36864 + 650 and 2·(16 + 2n·(16 + 32 + 64)) of batch normalisation.
    /// </summary>
    [Theory]
    [InlineData(20, 269_722, 0.27)]
    [InlineData(32, 464_154, 0.46)]
    [InlineData(44, 658_586, 0.66)]
    [InlineData(56, 853_018, 0.85)]
    [InlineData(110, 1_727_962, 1.7)]
    public void ResNetsHaveTheParametersOfThePaper(int depth, int expected, double millions)
    {
        long parameters = NetworkCost.Measure(ResNetCifar.Create(depth)).TrainableParameters;
        int n = (depth - 2) / 6;
        Assert.Equal(expected, parameters);
        Assert.Equal(432 + 2 * n * 2304 + 4608 + (2 * n - 1) * 9216 + 18432 + (2 * n - 1) * 36864 + 650 + 2 * (16 + 2 * n * 112), parameters);
        Assert.Equal(millions, parameters / 1e6, tolerance: 0.5 * (millions > 1 ? 0.1 : 0.01));
    }

    /// <summary>conv1 442,368; stages of 2n·2304·1024, (4608 + (2n − 1)·9216)·256 and (18432 + (2n − 1)·36864)·64; 640 of the classifier.</summary>
    [Theory]
    [InlineData(20, 40_551_040)]
    [InlineData(32, 68_862_592)]
    [InlineData(56, 125_485_696)]
    public void ResNetsHaveTheMacsComputedByHand(int depth, long expected)
    {
        int n = (depth - 2) / 6;
        Assert.Equal(expected, 442_368 + 2L * n * 2304 * 1024 + (4608 + (2 * n - 1) * 9216L) * 256 + (18432 + (2 * n - 1) * 36864L) * 64 + 640);
        Assert.Equal(expected, NetworkCost.Measure(ResNetCifar.Create(depth)).MultiplyAccumulates);
    }

    [Theory]
    [InlineData(20)]
    [InlineData(32)]
    [InlineData(56)]
    public void ResNetsHaveAsManyLayersAsTheirDepth(int depth)
    {
        var graph = ResNetCifar.Create(depth);
        Assert.Equal(depth, graph.Nodes.Count(n => n.Operator is Conv2d or Linear));
        Assert.Equal(depth - 1, graph.Nodes.Count(n => n.Operator is BatchNorm));
        Assert.Equal((depth - 2) / 2, graph.Nodes.Count(n => n.Operator is Add));
        Assert.Equal([[16, 32, 32], [32, 16, 16], [64, 8, 8]], graph.Nodes.Where(n => n.Operator is Conv2d).Select(n => graph.ShapeOf(n.Name).Dimensions.ToArray()).DistinctBy(d => d[0]));
    }

    [Fact]
    public void ShortcutsSkipPixelsAndPadChannelsAlikeOnBothSides()
    {
        var graph = ResNetCifar.Create(20);
        Assert.Equal(
            [new Pad { ChannelsBefore = 8, ChannelsAfter = 8 }, new Pad { ChannelsBefore = 16, ChannelsAfter = 16 }], graph.Nodes.Select(n => n.Operator).OfType<Pad>());
        Assert.Equal([new StridedSlice(2), new StridedSlice(2)], graph.Nodes.Select(n => n.Operator).OfType<StridedSlice>());
    }

    [Theory]
    [InlineData(2)]
    [InlineData(18)]
    [InlineData(21)]
    [InlineData(-4)]
    [InlineData(0)]
    public void OtherDepthsAreRefused(int depth) => Assert.Contains($"6n + 2, not {depth}", Assert.Throws<ArgumentException>(() => ResNetCifar.Create(depth)).Message, StringComparison.Ordinal);

    /// <summary>156 + 2,416 + 48,120 + 10,164 + 850 parameters.</summary>
    [Fact]
    public void LeNetHasTheParametersAndMacsOfThePaper()
    {
        var cost = NetworkCost.Measure(LeNet5.Create());
        Assert.Equal(61_706, cost.TrainableParameters);
        Assert.Equal([117_600, 240_000, 48_000, 10_080, 840], cost.Layers.Select(l => l.MultiplyAccumulates));
        Assert.Equal(416_520, cost.MultiplyAccumulates);
    }

    [Fact]
    public void TheQuickstartNetHasTheMacsOfItsDescription() =>
        Assert.Equal(27 * 16 * 256 + 144 * 32 * 256 + 288 * 64 * 64 + 576 * 64 * 64 + 640, NetworkCost.Measure(QuickstartNet.Create()).MultiplyAccumulates);
}
