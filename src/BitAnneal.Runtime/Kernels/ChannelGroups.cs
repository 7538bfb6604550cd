namespace BitAnneal.Runtime.Kernels;

/// <summary>The channels of a layer, cut into groups: the outputs of a group read the inputs of the same group.</summary>
/// <param name="Inputs">Input channels, a multiple of the groups.</param>
/// <param name="Outputs">Output channels, likewise.</param>
/// <param name="Count">Groups.</param>
internal readonly record struct ChannelGroups(int Inputs, int Outputs, int Count = 1)
{
    /// <summary>Input channels of a group.</summary>
    public int GroupInputs => Inputs / Count;

    /// <summary>Output channels of a group.</summary>
    public int GroupOutputs => Outputs / Count;

    /// <summary>The input channels under output channels that follow each other: those of all groups that they belong to.</summary>
    /// <param name="firstOutput">First output channel.</param>
    /// <param name="endOutput">The one behind the last.</param>
    public (int First, int End) InputsOf(int firstOutput, int endOutput) =>
        (firstOutput / GroupOutputs * GroupInputs, ((endOutput - 1) / GroupOutputs + 1) * GroupInputs);
}
