using BitAnneal.Graphs;

namespace BitAnneal.Runtime.Kernels;

/// <summary>The weights of a layer in the order in which a family of kernels reads them: panels, taps, groups, output channels.</summary>
internal sealed unsafe class RunPanels
{
    private readonly PinnedBytes? ready; // as the kernels read them
    private readonly PackedBytes[] packed = []; // at their true width, to be unpacked panel by panel

    /// <summary>Packs.</summary>
    /// <param name="weight">O × I × Ky × Kx codes.</param>
    /// <param name="family">The kernels.</param>
    public RunPanels(QuantizedTensor weight, RunFamily family)
    {
        int outputs = weight.Shape[0];
        int groups = family.Layout.Groups(weight.Shape[1]) * weight.Shape[2] * weight.Shape[3];
        Count = (outputs + family.PanelChannels - 1) / family.PanelChannels;
        PanelBytes = checked(groups / family.LaneGroups * family.PanelChannels * family.LaneBytes);
        if (family.UnpackedBits == 0 || weight.Grid.Bits == family.UnpackedBits)
        {
            ready = new PinnedBytes(checked(Count * PanelBytes));
            Fill(new Span<byte>(ready.Start, ready.Count), 0, outputs, weight, family);
            return;
        }

        packed = new PackedBytes[Count];
        byte[] panel = new byte[PanelBytes];
        for (int i = 0; i < Count; i++)
        {
            Array.Clear(panel);
            Fill(panel, i * family.PanelChannels, Math.Min(outputs, (i + 1) * family.PanelChannels), weight, family);
            packed[i] = new PackedBytes(panel, weight.Grid.Bits);
        }
    }

    /// <summary>Panels.</summary>
    public int Count { get; }

    /// <summary>Bytes of a panel as a kernel reads it.</summary>
    public int PanelBytes { get; }

    /// <summary>Bytes held.</summary>
    public long ByteCount => ready?.Count ?? packed.Sum(p => p.ByteCount);

    /// <summary>Whether panels have to be unpacked.</summary>
    public bool IsPacked => ready is null;

    /// <summary>A panel as a kernel reads it, and those behind it.</summary>
    /// <param name="panel">Its number.</param>
    /// <param name="count">How many are wanted.</param>
    /// <param name="scratch">Room for them where they have to be unpacked.</param>
    public byte* Get(int panel, int count, byte* scratch)
    {
        if (ready is not null)
        {
            return ready.Start + (nint)panel * PanelBytes;
        }

        for (int i = 0; i < count; i++)
        {
            packed[panel + i].Unpack(scratch + (nint)i * PanelBytes);
        }

        return scratch;
    }

    private static void Fill(Span<byte> bytes, int firstOutput, int endOutput, QuantizedTensor weight, RunFamily family)
    {
        int inputs = weight.Shape[1], taps = weight.Shape[2] * weight.Shape[3];
        int groups = family.Layout.Groups(inputs), laneBytes = family.PanelChannels * family.LaneBytes, panelBytes = taps * groups / family.LaneGroups * laneBytes;
        for (int c = 0; c < inputs; c++)
        {
            var (group, index) = family.Layout.Position(c, inputs);
            for (int o = firstOutput; o < endOutput; o++)
            {
                int lane = (o - firstOutput) / family.PanelChannels * panelBytes + o % family.PanelChannels * family.LaneBytes;
                for (int tap = 0; tap < taps; tap++)
                {
                    var (word, place) = Math.DivRem(tap * groups + group, family.LaneGroups);
                    family.Put(bytes.Slice(lane + word * laneBytes, family.LaneBytes), place * family.Layout.GroupCodes + index, weight.Codes[(o * inputs + c) * taps + tap]);
                }
            }
        }
    }
}
