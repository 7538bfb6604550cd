using BitAnneal.Graphs;

namespace BitAnneal.Runtime.Tests;

/// <summary>What a session refuses, and what it says.</summary>
public class SessionInputTests
{
    private readonly IntegerSession bytes = Session(Grid.Uniform(8, 0.01f, 0)), floats = Session(null);

    [Fact]
    public void AWrongLengthIsNamedBesideTheShapes()
    {
        const string ForBytes = "small runs 2x3x4 (24 bytes) to 5 (5 floats), not ", ForFloats = "small runs 2x3x4 (24 floats) to 5 (5 floats), not ";
        Refuses(ForBytes + "23 to 5", () => bytes.Run(new byte[23], new float[5]));
        Refuses(ForBytes + "25 to 5", () => bytes.Run(new byte[25], new float[5]));
        Refuses(ForBytes + "24 to 6", () => bytes.Run(new byte[24], new float[6]));
        Refuses(ForBytes + "0 to 5", () => bytes.Profile(Array.Empty<byte>(), 1));
        Refuses(ForFloats + "23 to 5", () => floats.Run(new float[23], new float[5]));
        Refuses(ForFloats + "24 to 4", () => floats.Run(new float[24], new float[4]));
        Refuses(ForFloats + "2 to 5", () => floats.Profile(new float[2], 1));
    }

    [Fact]
    public void BytesForFloatsAndFloatsForBytesAreNamedBesideTheShape()
    {
        const string WantsBytes = "small takes 2x3x4 bytes, not 24 floats", WantsFloats = "small takes 2x3x4 floats, not 24 bytes";
        Refuses(WantsBytes, () => bytes.Run(new float[24], new float[5]));
        Refuses(WantsBytes, () => bytes.Profile(new float[24], 1));
        Refuses(WantsFloats, () => floats.Run(new byte[24], new float[5]));
        Refuses(WantsFloats, () => floats.Profile(new byte[24], 1));
        Refuses(WantsFloats, () => floats.RunBatch(new byte[24], new float[5]));
    }

    [Theory]
    [InlineData(47, 10)]
    [InlineData(48, 11)]
    [InlineData(48, 5)]
    [InlineData(0, 5)]
    public void ABatchOfPartsOfImagesIsRefused(int size, int outputs) => Refuses(
        $"small runs images of 2x3x4 (24 bytes) to outputs of 5 (5 floats); {size} bytes and {outputs} outputs are no whole number of both", () => bytes.RunBatch(new byte[size], new float[outputs]));

    [Fact]
    public void ARefusedInputLeavesTheSessionUsable()
    {
        float[] before = new float[5], after = new float[5];
        byte[] image = [.. Enumerable.Range(0, 24).Select(i => (byte)(10 * i))];
        bytes.Run(image, before);
        Assert.Throws<ArgumentException>(() => bytes.Run(new byte[1], after));
        bytes.Run(image, after);
        Assert.Equal(before, after);
        Assert.NotEqual(new float[5], after);
    }

    private static void Refuses(string message, Action run) => Assert.Equal(message, Assert.Throws<ArgumentException>(run).Message);

    private static IntegerSession Session(Grid? input) => IntegerSession.Create(
        new GraphBuilder("small").Input(new TensorShape(2, 3, 4), input).Quantize(Grid.Uniform(2, 0.5f, 0)).Flatten().Linear("head", 5).Build(1), new SessionOptions { Threads = 2 });
}
