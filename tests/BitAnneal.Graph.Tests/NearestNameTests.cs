namespace BitAnneal.Graphs.Tests;

public class NearestNameTests
{
    private static readonly string[] Known = ["resnet20", "resnet32", "resnet56", "lenet5", "quickstart"];

    [Theory]
    [InlineData("resnet20", "resnet20")]
    [InlineData("RESNET-56", "resnet56")]
    [InlineData("resnet", "resnet20")]
    [InlineData("lent5", "lenet5")]
    [InlineData("elnet5", "lenet5")]
    [InlineData("quikcstrat", "quickstart")]
    [InlineData("mobilenet", null)]
    [InlineData("", null)]
    [InlineData("xyz", null)]
    public void TheNameWithTheFewestEditsIsMeant(string given, string? expected)
    {
        Assert.Equal(expected, NearestName.Find(given, Known));
        Assert.Equal(expected is null ? "" : $"; did you mean '{expected}'?", NearestName.Hint(given, Known));
    }

    [Fact]
    public void SwappedNeighboursAreOneEdit() => Assert.Equal("ab12", NearestName.Find("ba12", ["xx12", "ab12", "bcd2"]));

    [Fact]
    public void NothingIsNearWhenNothingIsKnown() => Assert.Null(NearestName.Find("a", []));
}
