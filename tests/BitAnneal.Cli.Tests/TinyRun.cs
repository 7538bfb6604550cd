namespace BitAnneal.Cli.Tests;

/// <summary>A training of seconds, done once for all tests that only read what it wrote.</summary>
public sealed class TinyRun : IDisposable
{
    /// <summary>Flags of a training that takes a second.</summary>
    public const string Flags = "train --model quickstart --data synthetic --epochs 2 --train-images 128 --test-images 50 --batch-size 32 --threads 1";

    public TinyRun() => Result = Tool.Run($"{Flags} --activation-bits 2 --activation-range pact --out run").Succeeds();

    public Tool Tool { get; } = new();

    public ToolResult Result { get; }

    /// <summary>The frozen network.</summary>
    public string Model => Tool.PathOf("run/model.onnx");

    /// <summary>The float weights.</summary>
    public string Weights => Tool.PathOf("run/float.safetensors");

    public void Dispose() => Tool.Dispose();
}

[CollectionDefinition(nameof(TinyRun))]
public sealed class TinyRunCollection : ICollectionFixture<TinyRun>;
