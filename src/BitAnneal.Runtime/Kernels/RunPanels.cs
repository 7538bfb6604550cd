using BitAnneal.Graphs;

namespace BitAnneal.Runtime.Kernels;

/// <summary>The weights of a layer in the order in which a family of kernels reads them: panels, taps, groups, output channels.</summary>
internal sealed unsafe class RunPanels
{
    private readonly PinnedBytes memory;

    /// <summary>Packs.</summary>
    /// <param name="weight">O × I × Ky × Kx codes.</param>
    /// <param name="family">The kernels.</param>
    public RunPanels(QuantizedTensor weight, RunFamily family)
    {
        int outputs = weight.Shape[0], inputs = weight.Shape[1], taps = weight.Shape[2] * weight.Shape[3];
        int groups = family.Layout.Groups(inputs), groupBytes = family.PanelChannels * family.LaneBytes;
        Count = (outputs + family.PanelChannels - 1) / family.PanelChannels;
        PanelBytes = checked(taps * groups * groupBytes);
        memory = new PinnedBytes(checked(Count * PanelBytes));
        var bytes = new Span<byte>(memory.Start, memory.Count);
        for (int c = 0; c < inputs; c++)
        {
            var (group, index) = family.Layout.Position(c, inputs);
            for (int o = 0; o < outputs; o++)
            {
                int lane = o / family.PanelChannels * PanelBytes + group * groupBytes + o % family.PanelChannels * family.LaneBytes;
                for (int tap = 0; tap < taps; tap++)
                {
                    family.Put(bytes.Slice(lane + tap * groups * groupBytes, family.LaneBytes), index, weight.Codes[(o * inputs + c) * taps + tap]);
                }
            }
        }
    }

    /// <summary>Panels.</summary>
    public int Count { get; }

    /// <summary>Bytes of a panel.</summary>
    public int PanelBytes { get; }

    /// <summary>Bytes held.</summary>
    public long ByteCount => memory.Count;

    /// <summary>A panel.</summary>
    public byte* this[int panel] => memory.Start + (nint)panel * PanelBytes;
}
