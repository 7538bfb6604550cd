using System.Collections.Immutable;
using BitAnneal.Graphs;

namespace BitAnneal.Models;

/// <summary>Known networks by name.</summary>
public static class ModelCatalog
{
    /// <summary>All entries.</summary>
    public static ImmutableArray<ModelEntry> Entries { get; } =
    [
        new("resnet20", "residual network for CIFAR, 20 layers, 0.27 M parameters", seed => ResNetCifar.Create(20, seed)),
        new("resnet32", "residual network for CIFAR, 32 layers, 0.46 M parameters", seed => ResNetCifar.Create(32, seed)),
        new("resnet56", "residual network for CIFAR, 56 layers, 0.85 M parameters", seed => ResNetCifar.Create(56, seed)),
        new("lenet5", "LeNet-5 for 28×28 grey images", LeNet5.Create),
        new("quickstart", "small convolutional network for 32×32 colour images", QuickstartNet.Create),
    ];

    /// <summary>A network by its name, with initial parameters.</summary>
    /// <exception cref="BitAnnealException">No such model; the message suggests the nearest name.</exception>
    public static Graph Create(string name, ulong seed = 0) => Entries.FirstOrDefault(e => e.Name == name)?.Create(seed)
        ?? throw new BitAnnealException(
            $"unknown model '{name}'{NearestName.Hint(name, Entries.Select(e => e.Name))} (known: {string.Join(", ", Entries.Select(e => e.Name))})");
}
