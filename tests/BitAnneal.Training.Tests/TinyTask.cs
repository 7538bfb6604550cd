using BitAnneal.Data;
using BitAnneal.Graphs;
using BitAnneal.Training.Methods;
using BitAnneal.Training.Quantizers;
using BitAnneal.Training.Schedules;

namespace BitAnneal.Training.Tests;

/// <summary>A network and images so small that a training takes seconds.</summary>
internal static class TinyTask
{
    public static QuantizationPlan Plan { get; } = new() { Activations = QuantizerSpec.Mixture("pact", 2) };

    public static TrainingOptions Options { get; } = new()
    {
        Epochs = 2, BatchSize = 16, LearningRate = new CosineSchedule(0.05), Augmentation = new Augmentation(1, false), LogEvery = 1, Seed = 3,
    };

    public static Graph Network(ulong seed = 1) => new GraphBuilder("tiny")
        .Input(new TensorShape(3, 8, 8), new Grid(0, 255, [0.01f, 0.011f, 0.012f], [-1.2f, -1.3f, -1.4f]))
        .Conv2d("conv1", 8, 3, stride: 2, padding: 1).BatchNorm("bn1").Relu()
        .Conv2d("conv2", 8, 3, padding: 1).BatchNorm("bn2").Relu()
        .GlobalAveragePool().Flatten().Linear("head", 4).Build(seed);

    /// <summary>Four classes: a bright quarter of the image.</summary>
    public static ImageDataset Data(int train = 96, int test = 40) => new("tiny", Draw(1, train), Draw(2, test));

    private static ImageSet Draw(ulong seed, int count)
    {
        var random = new SeededRandom(seed);
        byte[] pixels = new byte[count * 192], labels = new byte[count];
        for (int i = 0; i < count; i++)
        {
            labels[i] = (byte)(i % 4);
            for (int p = 0; p < 192; p++)
            {
                bool bright = p / 32 % 2 == labels[i] / 2 && p / 4 % 2 == labels[i] % 2;
                pixels[i * 192 + p] = (byte)(random.Next(120) + (bright ? 120 : 0));
            }
        }

        return new ImageSet(new TensorShape(3, 8, 8), 4, pixels, labels);
    }
}
