using BitAnneal.Graphs;

namespace BitAnneal.Models;

/// <summary>The grid on which the bytes of an image lie.</summary>
public static class PixelGrid
{
    /// <summary>Means of ImageNet, per channel (red, green, blue), in units of full scale.</summary>
    public static IReadOnlyList<double> ImageNetMeans { get; } = [0.485, 0.456, 0.406];

    /// <summary>Standard deviations that go with <see cref="ImageNetMeans"/>.</summary>
    public static IReadOnlyList<double> ImageNetDeviations { get; } = [0.229, 0.224, 0.225];

    /// <summary>Means of the CIFAR networks: published weights were trained with those of ImageNet.</summary>
    public static IReadOnlyList<double> CifarMeans { get; } = ImageNetMeans;

    /// <summary>Standard deviations that go with <see cref="CifarMeans"/>.</summary>
    public static IReadOnlyList<double> CifarDeviations { get; } = ImageNetDeviations;

    /// <summary>(byte/255 − mean)/std as scale 1/(255·std) and offset −mean/std, per channel.</summary>
    public static Grid Normalized(IReadOnlyList<double> means, IReadOnlyList<double> deviations) => new(
        0, 255, [.. deviations.Select(s => (float)(1 / (255 * s)))], [.. means.Select((m, c) => (float)(-m / deviations[c]))]);
}
