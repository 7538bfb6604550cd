using BitAnneal.Graphs.Operators;
using CsCheck;

namespace BitAnneal.Graphs.Tests;

public class ShapeInferenceTests
{
    public static TheoryData<string, Operator, int[][], int[]> ByHand { get; } = new()
    {
        { "Input", new Input(new TensorShape(3, 8, 8), Grid.Uniform(8, 1, 0)), [], [3, 8, 8] },
        { "Output", new Output(), [[7]], [7] },
        { "Relu", new Relu(), [[2, 3, 4]], [2, 3, 4] },
        { "Relu6", new Relu6(), [[5]], [5] },
        { "BatchNorm", new BatchNorm(), [[4, 2, 2]], [4, 2, 2] },
        { "Quantize", new Quantize(new Grid(0, 3, [1f, 2f], [0f, 0f])), [[2, 3, 3]], [2, 3, 3] },
        { "Add", new Add(), [[2, 3, 4], [2, 3, 4]], [2, 3, 4] },
        { "Concat", new Concat(), [[2, 3, 4], [5, 3, 4], [1, 3, 4]], [8, 3, 4] },
        { "Concat of vectors", new Concat(), [[2], [5]], [7] },
        { "Linear", new Linear(10), [[64]], [10] },
        { "Flatten", new Flatten(), [[5, 4, 3]], [60] },
        { "Flatten of a vector", new Flatten(), [[5]], [5] },
        { "GlobalAveragePool", new GlobalAveragePool(), [[5, 4, 3]], [5, 1, 1] },
        { "Conv2d", new Conv2d(16, 3) { Padding = 1 }, [[3, 32, 32]], [16, 32, 32] },
        { "Conv2d that strides", new Conv2d(8, 3) { Stride = 2, Padding = 1 }, [[4, 9, 10]], [8, 5, 5] },
        { "Conv2d with everything", new Conv2d(8, new Extent(3, 5)) { Stride = new Extent(2, 1), Padding = new Extent(1, 2), Dilation = new Extent(1, 2), Groups = 2 }, [[4, 9, 16]], [8, 5, 12] },
        { "MaxPool", new MaxPool(3, 2) { Padding = 1 }, [[2, 7, 8]], [2, 4, 4] },
        { "AveragePool", new AveragePool(2, 2), [[3, 5, 5]], [3, 2, 2] },
        { "StridedSlice", new StridedSlice(new Extent(2, 3)), [[1, 5, 7]], [1, 3, 3] },
        { "Pad", new Pad { ChannelsBefore = 2, ChannelsAfter = 1, Before = new Extent(1, 0), After = new Extent(0, 2) }, [[3, 4, 5]], [6, 5, 7] },
    };

    public static TheoryData<string, Operator, int[][]> Misfits { get; } = new()
    {
        { "the shapes must be equal", new Add(), [[2, 3, 4], [2, 3, 5]] },
        { "all but the channels must be equal", new Concat(), [[2, 3, 4], [2, 4, 3]] },
        { "all but the channels must be equal", new Concat(), [[2, 3, 4], [2]] },
        { "put a Flatten before it", new Linear(10), [[1, 2, 3]] },
        { "0 output features", new Linear(0), [[3]] },
        { "reads an image", new GlobalAveragePool(), [[3]] },
        { "reads an image", new MaxPool(2, 2), [[3, 3]] },
        { "reads an image or a feature vector", new BatchNorm(), [[3, 3]] },
        { "epsilon", new BatchNorm { Epsilon = 0 }, [[3]] },
        { "3 groups do not divide", new Conv2d(6, 1) { Groups = 3 }, [[4, 2, 2]] },
        { "3 groups do not divide", new Conv2d(4, 1) { Groups = 3 }, [[6, 2, 2]] },
        { "0 groups", new Conv2d(4, 1) { Groups = 0 }, [[6, 2, 2]] },
        { "0 output channels", new Conv2d(0, 1), [[6, 2, 2]] },
        { "a window of 5 does not fit 2 with padding 1", new Conv2d(1, 5) { Padding = 1 }, [[1, 2, 2]] },
        { "kernel 0x1", new Conv2d(1, new Extent(0, 1)), [[1, 2, 2]] },
        { "stride 0x0", new Conv2d(1, 1) { Stride = 0 }, [[1, 2, 2]] },
        { "dilation 1x-1", new Conv2d(1, 1) { Dilation = new Extent(1, -1) }, [[1, 2, 2]] },
        { "padding -1x0", new Conv2d(1, 1) { Padding = new Extent(-1, 0) }, [[1, 2, 2]] },
        { "padding 2x2 reaches the kernel 2x2", new MaxPool(2, 2) { Padding = 2 }, [[1, 4, 4]] },
        { "padding 2x2 reaches the kernel 2x2", new AveragePool(2, 2) { Padding = 2 }, [[1, 4, 4]] },
        { "step 0x1 is not positive", new StridedSlice(new Extent(0, 1)), [[1, 4, 4]] },
        { "negative padding", new Pad { ChannelsAfter = -1 }, [[1, 4, 4]] },
        { "a grid of 3 channels for 2x4x4", new Quantize(new Grid(0, 3, [1f, 1f, 1f], [0f, 0f, 0f])), [[2, 4, 4]] },
        { "an input grid must hold the byte codes", new Input(new TensorShape(2), Grid.Uniform(7, 1, 0)), [] },
        { "an input grid of 3 channels for 2", new Input(new TensorShape(2), new Grid(0, 255, [1f, 1f, 1f], [0f, 0f, 0f])), [] },
    };

    [Theory]
    [MemberData(nameof(ByHand))]
    public void ShapesAreThoseComputedByHand(string name, Operator op, int[][] inputs, int[] expected)
    {
        Assert.StartsWith(op.Kind, name, StringComparison.Ordinal);
        Assert.Equal(expected, op.InferShape(Shapes(inputs)).Dimensions);
    }

    [Theory]
    [MemberData(nameof(Misfits))]
    public void OperatorsSayWhyTheyCannotReadAShape(string reason, Operator op, int[][] inputs) =>
        Assert.Contains(reason, Assert.Throws<ArgumentException>(() => op.InferShape(Shapes(inputs))).Message, StringComparison.Ordinal);

    [Fact]
    public void EveryOperatorIsTried() => Assert.Empty(typeof(Operator).Assembly.GetTypes().Where(t => t.IsSubclassOf(typeof(Operator)))
        .Except(ByHand.Select(row => ((Operator)row[1]).GetType())));

    [Fact]
    public void AWindowHasAsManyPlacesAsFit() =>
        Gen.Select(Gen.Int[1, 20], Gen.Int[1, 5], Gen.Int[1, 4], Gen.Int[0, 4], Gen.Int[1, 3]).Sample((size, kernel, stride, padding, dilation) =>
        {
            int places = 0;
            for (int start = -padding; start + dilation * (kernel - 1) < size + padding; start += stride)
            {
                places++;
            }

            var conv = new Conv2d(1, kernel) { Stride = stride, Padding = padding, Dilation = dilation };
            TensorShape[] input = [new TensorShape(1, size, size)];
            return places == 0
                ? Assert.Throws<ArgumentException>(() => conv.InferShape(input)) is not null
                : conv.InferShape(input).Equals(new TensorShape(1, places, places));
        });

    [Fact]
    public void WeightsHaveTheShapesOfTheOtherFrameworks()
    {
        Assert.Equal(["weight 8x2x3x5 Weight", "bias 8 Bias"], Specs(new Conv2d(8, new Extent(3, 5)) { Groups = 2, Bias = true }, 4, 9, 16));
        Assert.Equal(["weight 8x4x1x1 Weight"], Specs(new Conv2d(8, 1), 4, 2, 2));
        Assert.Equal(["weight 10x64 Weight", "bias 10 Bias"], Specs(new Linear(10), 64));
        Assert.Equal(["weight 10x64 Weight"], Specs(new Linear(10) { Bias = false }, 64));
        Assert.Equal(["weight 4 Gain", "bias 4 Bias", "running_mean 4 RunningMean", "running_var 4 RunningVariance"], Specs(new BatchNorm(), 4, 2, 2));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(-1)]
    [InlineData(1 << 16, 1 << 16)]
    [InlineData(int.MaxValue, int.MaxValue, int.MaxValue)]
    public void ImpossibleShapesAreRefused(params int[] dimensions) => Assert.Throws<ArgumentOutOfRangeException>(() => new TensorShape(dimensions));

    private static TensorShape[] Shapes(int[][] shapes) => [.. shapes.Select(s => new TensorShape(s))];

    private static string[] Specs(Operator op, params int[] input) => [.. op.Parameters([new TensorShape(input)]).Select(s => $"{s.Role} {s.Shape} {s.Kind}")];
}
