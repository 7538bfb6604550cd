using BitAnneal.Runtime.Kernels;
using BitAnneal.Runtime.Planning;

namespace BitAnneal.Runtime.Tests.Kernels;

public class PanelSlicesTests
{
    [Theory]
    [InlineData(128, 128, 32, 16, 4)] // Four groups of four channels: 16 bytes.
    [InlineData(128, 128, 2, 32, 16)]
    [InlineData(9, 9, 3, 16, 3)] // All groups.
    [InlineData(9, 48, 3, 16, 2)] // Three channels may lie in two words.
    [InlineData(100, 60, 1, 16, 25)]
    [InlineData(60, 60, 3, 32, 10)] // 32 outputs belong to two groups of 20.
    public void AreAsLongAsTheWidestPanelNeeds(int inputs, int outputs, int groups, int panelChannels, int length) =>
        Assert.Equal(length, new PanelSlices(new ChannelGroups(inputs, outputs, groups), ByteLayout.Instance, panelChannels).Length);

    [Fact]
    public void HoldAllInputsOfTheirOutputs()
    {
        PackedLayout[] layouts = [ByteLayout.Instance, BitLayout.Instance, LookupLayout.Triples, LookupLayout.Sextuples, NibbleLayout.Instance];
        foreach (var (inputs, outputs, groups) in new[] { (1, 1, 1), (2, 5, 3), (4, 4, 32), (7, 16, 9), (64, 128, 2), (65, 33, 3), (100, 64, 1), (31, 17, 5) })
        {
            var channels = new ChannelGroups(inputs * groups, outputs * groups, groups);
            foreach (var layout in layouts)
            {
                foreach (int panelChannels in new[] { 16, 32, 64 })
                {
                    var slices = new PanelSlices(channels, layout, panelChannels);
                    for (int o = 0; o < channels.Outputs; o++)
                    {
                        int start = slices.Start(o / panelChannels);
                        Assert.InRange(start, 0, layout.Groups(channels.Inputs) - slices.Length);
                        for (int c = o / outputs * inputs; c < (o / outputs + 1) * inputs; c++)
                        {
                            Assert.InRange(layout.Position(c, channels.Inputs).Group, start, start + slices.Length - 1);
                        }
                    }
                }
            }
        }
    }

    [Fact]
    public void CountThePanelsThatReadTheSame()
    {
        var slices = new PanelSlices(new ChannelGroups(128, 256, 2), LookupLayout.Triples, 64);
        Assert.Equal([2, 1, 2, 1], Enumerable.Range(0, 4).Select(p => slices.Same(p, 4 - p)));
        Assert.Equal(1, slices.Same(0, 1));
    }
}
