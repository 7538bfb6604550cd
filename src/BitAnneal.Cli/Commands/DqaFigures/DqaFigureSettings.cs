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
    public int Epochs { get; init; } = 12;
    public int? TrainImages { get; init; }
    public int Grid { get; init; } = 25;
    public int Initialisations { get; init; } = 1;
    public ulong Seed { get; init; } = 1;
    public int Threads { get; init; } = Environment.ProcessorCount;
    public string Device { get; init; } = "cpu";
    public bool Json { get; init; }
}
