using System.Runtime.InteropServices;
using BitAnneal.Graphs;

namespace BitAnneal.Runtime.Kernels;

/// <summary>The weights of a layer in the order in which a family of kernels reads them: panels, taps, groups, output channels.</summary>
internal sealed unsafe class RunPanels
{
    private readonly ChannelGroups channels;
    private readonly int panelChannels;
    private readonly PinnedBytes? ready; // as the kernels read them
    private readonly PinnedBytes begin;
    private readonly PackedBytes[] packed = []; // at their true width, to be unpacked panel by panel

    /// <summary>Packs.</summary>
    /// <param name="weight">O × I/groups × Ky × Kx codes.</param>
    /// <param name="family">The kernels.</param>
    /// <param name="channelGroups">Groups of channels.</param>
    public RunPanels(QuantizedTensor weight, RunFamily family, int channelGroups = 1)
    {
        int outputs = weight.Shape[0];
        panelChannels = family.PanelChannels;
        channels = new ChannelGroups(weight.Shape[1] * channelGroups, outputs, channelGroups);
        Slices = new PanelSlices(channels, family.Layout, family.PanelChannels, family.LaneGroups);
        int groups = checked(Slices.Length * weight.Shape[2] * weight.Shape[3]);
        Count = Slices.Panels;
        var starts = MemoryMarshal.AsBytes(family.Begin(weight).AsSpan());
        begin = new PinnedBytes(starts.Length);
        starts.CopyTo(new Span<byte>(begin.Start, begin.Count));
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

    /// <summary>What they read of a pixel.</summary>
    public PanelSlices Slices { get; }

    /// <summary>Bytes of a panel as a kernel reads it.</summary>
    public int PanelBytes { get; }

    /// <summary>Bytes held.</summary>
    public long ByteCount => begin.Count + (ready?.Count ?? packed.Sum(p => p.ByteCount));

    /// <summary>Whether panels have to be unpacked.</summary>
    public bool IsPacked => ready is null;

    /// <summary>See <see cref="RunTile.Begin"/>; of no use where no kernel of the family asks.</summary>
    /// <param name="panel">The first.</param>
    public ushort* Begin(int panel) => (ushort*)begin.Start + (nint)panel * panelChannels;

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

    private void Fill(Span<byte> bytes, int firstOutput, int endOutput, QuantizedTensor weight, RunFamily family)
    {
        int inputs = channels.GroupInputs, taps = weight.Shape[2] * weight.Shape[3], laneBytes = family.PanelChannels * family.LaneBytes;
        (int Group, int Index)[] positions = [.. Enumerable.Range(0, channels.Inputs).Select(c => family.Layout.Position(c, channels.Inputs))];
        for (int o = firstOutput; o < endOutput; o++)
        {
            int panel = o / family.PanelChannels, lane = (o - firstOutput) / family.PanelChannels * PanelBytes + family.Lane(o % family.PanelChannels) * family.LaneBytes;
            int firstInput = channels.InputsOf(o, o + 1).First;
            for (int c = 0; c < inputs; c++)
            {
                var (group, index) = positions[firstInput + c];
                for (int tap = 0; tap < taps; tap++)
                {
                    var (word, place) = Math.DivRem(tap * Slices.Length + group - Slices.Start(panel), family.LaneGroups);
                    family.Put(bytes.Slice(lane + word * laneBytes, family.LaneBytes), place * family.Layout.GroupCodes + index, weight.Codes[(o * inputs + c) * taps + tap]);
                }
            }
        }
    }
}
