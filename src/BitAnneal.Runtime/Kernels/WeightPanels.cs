using BitAnneal.Graphs;

namespace BitAnneal.Runtime.Kernels;

/// <summary>The weights of a convolution, cut into panels of 16 output channels of one group.</summary>
internal sealed class WeightPanels
{
    private WeightPanels(Panel[] panels, int pairs, int taps) => (Panels, Pairs, Taps) = (panels, pairs, taps);

    /// <summary>The panels in the order of their output channels.</summary>
    public Panel[] Panels { get; }

    /// <summary>Pairs of input channels under one tap; an odd last channel is paired with a zero weight.</summary>
    public int Pairs { get; }

    /// <summary>Kernel places.</summary>
    public int Taps { get; }

    /// <summary>Elements of an unpacked panel.</summary>
    public int PanelLength => Taps * Pairs * 2 * Tile.Lanes;

    /// <summary>Bytes held.</summary>
    public long ByteCount => Panels.Sum(p => p.Weights.ByteCount);

    /// <summary>Cuts and packs.</summary>
    /// <param name="weight">O × I/groups × Ky × Kx codes.</param>
    /// <param name="groups">Groups of the convolution.</param>
    public static WeightPanels Build(QuantizedTensor weight, int groups)
    {
        int outputs = weight.Shape[0], inputs = weight.Shape[1], taps = weight.Shape[2] * weight.Shape[3];
        int perGroup = outputs / groups, pairs = (inputs + 1) / 2;
        var panels = new List<Panel>();
        for (int first = 0; first < outputs; first += Math.Min(Tile.Lanes, perGroup - first % perGroup))
        {
            int lanes = Math.Min(Tile.Lanes, perGroup - first % perGroup);
            byte[] codes = new byte[checked(taps * pairs * 2 * Tile.Lanes)];
            for (int lane = 0; lane < lanes; lane++)
            {
                for (int c = 0; c < inputs; c++)
                {
                    for (int tap = 0; tap < taps; tap++)
                    {
                        codes[(((tap * pairs) + c / 2) * Tile.Lanes + lane) * 2 + c % 2] = (byte)weight.Codes[((first + lane) * inputs + c) * taps + tap];
                    }
                }
            }

            panels.Add(new Panel(first, lanes, first / perGroup * inputs, new PackedPanel(codes, weight.Grid.Bits)));
        }

        return new WeightPanels([.. panels], pairs, taps);
    }

    /// <summary>Up to 16 output channels.</summary>
    /// <param name="FirstOutput">First output channel.</param>
    /// <param name="Lanes">How many there are.</param>
    /// <param name="FirstInput">First input channel of their group.</param>
    /// <param name="Weights">Codes by tap, pair, lane.</param>
    internal sealed record Panel(int FirstOutput, int Lanes, int FirstInput, PackedPanel Weights);
}
