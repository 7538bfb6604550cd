using BitAnneal.Runtime.Planning;

namespace BitAnneal.Runtime.Kernels;

/// <summary>
/// Which part of a pixel a panel of weights reads. Without groups of channels it is all of it. With them it is what holds the inputs of the groups to
/// which the panel's outputs belong; between an output and the inputs of another group it holds nothing, which adds nothing to a sum.
/// All slices of a layer are equally long. Lengths are groups of codes (see <see cref="PackedLayout"/>).
/// </summary>
internal sealed class PanelSlices
{
    private readonly int[] starts;

    /// <summary>Finds them.</summary>
    /// <param name="channels">Of the layer.</param>
    /// <param name="layout">Of its input.</param>
    /// <param name="panelChannels">Output channels of a panel.</param>
    /// <param name="multiple">Of which the length is a multiple; beyond a pixel it may reach into the next one.</param>
    public PanelSlices(ChannelGroups channels, PackedLayout layout, int panelChannels, int multiple = 1)
    {
        int unit = layout.SliceChannels, panels = (channels.Outputs + panelChannels - 1) / panelChannels, all = layout.Groups(channels.Inputs);
        starts = new int[panels];
        for (int i = 0; i < panels; i++)
        {
            var (first, end) = channels.InputsOf(i * panelChannels, Math.Min(channels.Outputs, (i + 1) * panelChannels));
            starts[i] = layout.Groups(first / unit * unit);
            Length = Math.Max(Length, layout.Groups(Math.Min(channels.Inputs, (end + unit - 1) / unit * unit)) - starts[i]);
        }

        IsWhole = Length == all;
        Length = (Length + multiple - 1) / multiple * multiple;
        for (int i = 0; i < panels; i++)
        {
            starts[i] = Math.Max(0, Math.Min(starts[i], all - Length));
        }
    }

    /// <summary>Panels.</summary>
    public int Panels => starts.Length;

    /// <summary>Groups of codes of a slice.</summary>
    public int Length { get; }

    /// <summary>Whether all panels read whole pixels.</summary>
    public bool IsWhole { get; }

    /// <summary>Where the slice of a panel begins in a pixel.</summary>
    public int Start(int panel) => starts[panel];

    /// <summary>How many panels from this one on read the same slice.</summary>
    /// <param name="panel">The first.</param>
    /// <param name="most">More are not counted.</param>
    public int Same(int panel, int most)
    {
        int count = 1;
        while (count < most && starts[panel + count] == starts[panel])
        {
            count++;
        }

        return count;
    }
}
