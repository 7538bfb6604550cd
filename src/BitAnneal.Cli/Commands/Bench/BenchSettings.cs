namespace BitAnneal.Cli.Commands.Bench;

/// <summary>What <c>bench</c> was told.</summary>
internal sealed record BenchSettings
{
    /// <summary>Threads of every arm.</summary>
    public int Threads { get; init; } = 1;

    /// <summary>Images per call.</summary>
    public int Batch { get; init; } = 1;

    public int Rounds { get; init; } = 9;

    /// <summary>Whether ONNX Runtime runs beside the engine.</summary>
    public bool AgainstOrt { get; init; }

    /// <summary>Whether libtorch runs beside the engine.</summary>
    public bool AgainstTorch { get; init; }

    public bool Json { get; init; }
}
