using BitAnneal.Graphs;
using BitAnneal.Runtime.Planning;

namespace BitAnneal.Runtime.Kernels;

/// <summary>Kernels that share a layout of codes and of weights.</summary>
internal abstract class RunFamily
{
    /// <summary>How the codes of a pixel lie in memory.</summary>
    public abstract PackedLayout Layout { get; }

    /// <summary>Output channels of a panel of weights: 16, 32 or 64.</summary>
    public abstract int PanelChannels { get; }

    /// <summary>Where an output channel of a panel lies in it.</summary>
    /// <param name="channel">Counted from the first of the panel.</param>
    public virtual int Lane(int channel) => channel;

    /// <summary>Bytes of a panel for one group and one output channel.</summary>
    public abstract int LaneBytes { get; }

    /// <summary>Groups that share a lane; those of a pixel are a multiple of it.</summary>
    public virtual int LaneGroups => 1;

    /// <summary>Whether no sum of a layer can overflow.</summary>
    /// <param name="weight">Of the layer.</param>
    public abstract bool Holds(QuantizedTensor weight);

    /// <summary>Bits that a weight takes in a panel, where narrower weights are held packed and unpacked panel by panel; 0 for panels that are packed themselves.</summary>
    public virtual int UnpackedBits => 0;

    /// <summary>What is subtracted from weight codes, so that this many times the window sum has to be added.</summary>
    public virtual int WeightBias => 0;

    /// <summary>What is subtracted from input codes, so that this many times the sum of a channel's weight codes has to be added.</summary>
    public virtual int InputBias => 0;

    /// <summary>What <see cref="RunTile.Steps"/> is for a layer; 0 where no kernel asks.</summary>
    /// <param name="weight">Of the layer.</param>
    /// <param name="runPixels">Pixels of a run.</param>
    /// <param name="kernel">One of this family.</param>
    public virtual int Steps(QuantizedTensor weight, int runPixels, RunKernel kernel) => 0;

    /// <summary>What <see cref="RunTile.Begin"/> is for the panels of a layer; empty where no kernel asks.</summary>
    /// <param name="weight">Of the layer.</param>
    public virtual ushort[] Begin(QuantizedTensor weight) => [];

    /// <summary>Puts a weight into its lane.</summary>
    /// <param name="lane">The bytes of a group and output channel.</param>
    /// <param name="index">Place in the group; places of the second group of a lane follow those of the first.</param>
    /// <param name="code">Unsigned code.</param>
    public abstract void Put(Span<byte> lane, int index, int code);

    /// <summary>The kernel for a number of panels that are left to do: the fastest that needs no more of them.</summary>
    /// <param name="panels">At least 1.</param>
    /// <param name="shape">The layer.</param>
    public abstract RunKernel Choose(int panels, LayerShape shape);
}
