using BitAnneal.Graphs.Operators;

namespace BitAnneal.Graphs.Tests;

public class GraphValidatorTests
{
    private static readonly Node Input = new("input", new Input(new TensorShape(3)), []);
    private static readonly Dictionary<string, GraphTensor> None = [];

    [Fact]
    public void AnInputThatNothingComputesIsNamed() => Refused("relu", "reads 'nope', which no earlier node computes", None, Input, new("relu", new Relu(), ["nope"]), Output("relu"));

    [Fact]
    public void ALaterNodeCannotBeRead() => Refused("a", "reads 'b', which no earlier node computes", None, Input, new("a", new Relu(), ["b"]), new("b", new Relu(), ["a"]), Output("b"));

    [Fact]
    public void ANodeCannotReadItself() => Refused("a", "reads 'a', which no earlier node computes", None, Input, new("a", new Relu(), ["a"]), Output("a"));

    [Fact]
    public void ANameIsUsedOnce() => Refused("a", "the name is used twice", None, Input, new("a", new Relu(), ["input"]), new("a", new Relu6(), ["input"]), Output("a"));

    [Theory]
    [InlineData("")]
    [InlineData("a b")]
    [InlineData("a\nb")]
    [InlineData("naïve")]
    [InlineData("a'b")]
    public void NamesHaveFewCharacters(string name) => Refused(name, "a name has 1 to 256 letters", None, Input, new(name, new Relu(), ["input"]), Output(name));

    [Fact]
    public void NamesHaveAtMost256Characters()
    {
        string longest = new('x', 256), longer = new('x', 257);
        Assert.True(new Graph("g", [Input, new(longest, new Relu(), ["input"]), Output(longest)], None).Contains(longest));
        Refused(longer, "a name has 1 to 256 letters", None, Input, new(longer, new Relu(), ["input"]), Output(longer));
    }

    [Fact]
    public void AGraphHasOneInputAndOneOutput()
    {
        Refused("second", "a graph has one Input, not 2", None, Input, new("second", new Input(new TensorShape(3)), []), Output("input"));
        Refused("late", "a graph has one Output, not 2", None, Input, Output("input"), new("late", new Output(), ["input"]));
        Refused("(none)", "a graph has one Output, not 0", None, Input, new("relu", new Relu(), ["input"]));
        Refused("(none)", "a graph has one Input, not 0", None);
    }

    [Fact]
    public void AMissingParameterIsNamedWithItsShape() => Refused("fc", "parameter 'fc.weight' (2x3) is missing", None, Input, Linear, Output("fc"));

    [Fact]
    public void AMisshapenParameterIsNamedWithBothShapes() =>
        Refused("fc", "parameter 'fc.weight' is 3x2, not 2x3", Floats(("fc.weight", new TensorShape(3, 2)), ("fc.bias", new TensorShape(2))), Input, Linear, Output("fc"));

    [Fact]
    public void AnExtraParameterIsNamed() => Refused(
        "ghost.weight", "no node asks for this parameter",
        Floats(("fc.weight", new TensorShape(2, 3)), ("fc.bias", new TensorShape(2)), ("ghost.weight", new TensorShape(1))), Input, Linear, Output("fc"));

    [Fact]
    public void OnlyWeightsMayBeQuantized()
    {
        var parameters = Floats(("fc.weight", new TensorShape(2, 3)));
        parameters["fc.bias"] = QuantizedTensor.FromCodes(new TensorShape(2), Grid.Uniform(2, 1, 0), [0, 1]);
        Refused("fc", "parameter 'fc.bias' is quantized; only weights may be", parameters, Input, Linear, Output("fc"));
    }

    [Fact]
    public void OperatorsReadAsManyValuesAsTheyTake()
    {
        Refused("n", "Add reads 2 values, not 1", None, Input, new("n", new Add(), ["input"]), Output("n"));
        Refused("n", "Relu reads 1 values, not 2", None, Input, new("n", new Relu(), ["input", "input"]), Output("n"));
        Refused("n", "Concat reads two or more values, not 1", None, Input, new("n", new Concat(), ["input"]), Output("n"));
        Refused("n", "Input reads 0 values, not 1", None, Input, new("n", new Input(new TensorShape(1)), ["input"]), Output("n"));
    }

    [Fact]
    public void AFaultOfAnOperatorNamesNodeAndOperator() =>
        Refused("conv", "Conv2d reads an image CxHxW, but its input is 3", None, Input, new("conv", new Conv2d(1, 3), ["input"]), Output("conv"));

    [Fact]
    public void AWeightBeyondAllMeasureNamesItsNode()
    {
        Node wide = new("input", new Input(new TensorShape(70_000)), []);
        Refused("fc", "Linear", None, wide, new("fc", new Linear(70_000), ["input"]), Output("fc"));
        var fault = Assert.Throws<GraphException>(() => new GraphBuilder("g").Input(new TensorShape(70_000)).Linear("fc", 70_000).Build(1));
        Assert.Equal("fc", fault.Node);
    }

    [Fact]
    public void ChannelsThatOverflowNameTheirNode()
    {
        Node wide = new("input", new Input(new TensorShape(int.MaxValue)), []);
        Refused("join", "Concat", None, wide, new("join", new Concat(), ["input", "input", "input"]), Output("join"));
    }

    [Fact]
    public void AGridPerChannelNeedsChannels()
    {
        var grid = new Grid(0, 255, [1f, 1f], [0f, 0f]);
        Refused("input", "2 channels", None, new("input", new Input(TensorShape.Scalar, grid), []), Output("input"));
        Refused("q", "2 channels", None, new("input", new Input(TensorShape.Scalar), []), new("q", new Quantize(grid), ["input"]), Output("q"));
    }

    private static Node Linear { get; } = new("fc", new Linear(2), ["input"]);

    private static Node Output(string value) => new("output", new Output(), [value]);

    private static Dictionary<string, GraphTensor> Floats(params (string Name, TensorShape Shape)[] tensors) =>
        tensors.ToDictionary(t => t.Name, t => (GraphTensor)FloatTensor.Filled(t.Shape, 0));

    private static void Refused(string node, string reason, Dictionary<string, GraphTensor> parameters, params Node[] nodes)
    {
        var fault = Assert.Throws<GraphException>(() => new Graph("g", nodes, parameters));
        Assert.Equal(node, fault.Node);
        Assert.StartsWith($"node '{node.Replace("\n", "\\n", StringComparison.Ordinal)}': ", fault.Message, StringComparison.Ordinal);
        Assert.Contains(reason, fault.Message, StringComparison.Ordinal);
    }
}
