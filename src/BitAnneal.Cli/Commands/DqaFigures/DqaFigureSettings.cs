using System.Collections.Immutable;

namespace BitAnneal.Cli.Commands.DqaFigures;

/// <summary>What <c>figure dqa</c> was told. Null: the default of the figure.</summary>
internal sealed record DqaFigureSettings
{
    public required string Figure { get; init; }
    public required string Output { get; init; }
    public string Model { get; init; } = "quickstart";
    public string Data { get; init; } = "synthetic";
    public string? DataDir { get; init; }
    public string? Init { get; init; }
    public string? Tensor { get; init; }
    public string? Run { get; init; }
    public int? Epochs { get; init; }

    /// <summary>Empty: the default. Several: one per network of <see cref="Models"/>.</summary>
    public ImmutableArray<int> TrainImages { get; init; } = [];

    public int? TestImages { get; init; }
    public ImmutableArray<string> Models { get; init; } = ["quickstart"];
    public ImmutableArray<double> Lambdas { get; init; } = [0.5, 1, 5, 10, 30];
    public int BatchSize { get; init; } = 64;
    public double LearningRate { get; init; } = 0.1;
    public string Compute { get; init; } = "float32";
    public bool Resume { get; init; }
    public int Grid { get; init; } = 25;
    public int Initialisations { get; init; } = 1;
    public ulong Seed { get; init; } = 1;
    public int Threads { get; init; } = Environment.ProcessorCount;
    public string Device { get; init; } = "cpu";
    public bool Json { get; init; }

    /// <summary>Training images of one of the networks; null: the default.</summary>
    public int? ImagesOf(int model) => TrainImages.Length == 0 ? null : TrainImages[TrainImages.Length == 1 ? 0 : model];

    /// <summary>What is wrong with values, and what does not go together.</summary>
    /// <param name="modelGiven">Whether <see cref="Model"/> was given, and is not the default.</param>
    public IEnumerable<string> Faults(bool modelGiven)
    {
        string?[] faults =
        [
            Grid < 3 ? $"--grid {Grid} must be at least 3" : null,
            Figure == "2" && Init is null && (modelGiven || Tensor is not null) ? "figure 2 draws a layer of a network only with --init" : null,
            Figure == "2" && Init is not null && !modelGiven ? $"'{Init}' holds weights without a network: say which with --model" : null,
            Models.Distinct().Count() < Models.Length ? "--models: a network is named twice" : null,
            Lambdas.Distinct().Count() < Lambdas.Length ? "--lambdas: a value is given twice" : null,
            TrainImages.Length <= 1 ? null
                : Figure != "penalty" ? $"--train-images: figure {Figure} takes one number"
                : TrainImages.Length != Models.Length ? $"--train-images: {TrainImages.Length} numbers for {Models.Length} network(s) of --models; give one, or one per network" : null,
        ];
        return faults.OfType<string>();
    }
}
