using System.Collections.Immutable;

namespace BitAnneal.Cli.Commands;

/// <summary>An exception for layers of certain names, as a run file writes it.</summary>
internal sealed record LayerConfiguration
{
    /// <summary>A name, or a pattern with <c>*</c> and <c>?</c>.</summary>
    public string Layers { get; init; } = "";

    /// <summary>Quantizers of their weights; empty: as everywhere.</summary>
    public ImmutableArray<string> Weights { get; init; } = [];

    /// <summary>Quantizers of their inputs; empty: as everywhere.</summary>
    public ImmutableArray<string> Activations { get; init; } = [];
}
