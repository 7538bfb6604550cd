using System.Collections.Immutable;
using BitAnneal.Graphs;

namespace BitAnneal.Models;

/// <summary>Known networks by name.</summary>
public static class ModelCatalog
{
    /// <summary>All entries.</summary>
    public static ImmutableArray<ModelEntry> Entries { get; } =
    [
        new("resnet20", "residual network for CIFAR, 20 layers, 0.27 M parameters", 10, (seed, classes) => ResNetCifar.Create(20, seed, classes)),
        new("resnet32", "residual network for CIFAR, 32 layers, 0.46 M parameters", 10, (seed, classes) => ResNetCifar.Create(32, seed, classes)),
        new("resnet56", "residual network for CIFAR, 56 layers, 0.85 M parameters", 10, (seed, classes) => ResNetCifar.Create(56, seed, classes)),
        new("resnet18", "ResNet-18 for CIFAR, 11.2 M parameters", 10, ResNet18.CreateCifar),
        new("resnet18-imagenet", "ResNet-18 for 224×224 images, 11.7 M parameters", 1000, ResNet18.CreateImageNet),
        new("mobilenetv2", "MobileNetV2 for CIFAR, 2.2 M parameters", 10, MobileNetV2.CreateCifar),
        new("mobilenetv2-imagenet", "MobileNetV2 for 224×224 images, 3.5 M parameters", 1000, MobileNetV2.CreateImageNet),
        new("vgg7", "VGG-7 for CIFAR, 13.0 M parameters", 10, Vgg7.Create),
        new("lenet5", "LeNet-5 for 28×28 grey images", 10, LeNet5.Create),
        new("quickstart", "small convolutional network for 32×32 colour images", 10, QuickstartNet.Create),
    ];

    /// <summary>A network by its name, with initial parameters.</summary>
    /// <param name="name">One of <see cref="Entries"/>.</param>
    /// <param name="seed">Seed of the initial parameters.</param>
    /// <param name="classes">Number of classes; null for what is usual with the network.</param>
    /// <exception cref="BitAnnealException">No such model; the message suggests the nearest name.</exception>
    public static Graph Create(string name, ulong seed = 0, int? classes = null) => Entries.FirstOrDefault(e => e.Name == name)?.Create(seed, classes)
        ?? throw new BitAnnealException(
            $"unknown model '{name}'{NearestName.Hint(name, Entries.Select(e => e.Name))} (known: {string.Join(", ", Entries.Select(e => e.Name))})");
}
