using System.Collections.Immutable;
using System.Text.Json;
using System.Text.Json.Serialization;
using BitAnneal.Cli.Console;
using BitAnneal.Graphs;
using BitAnneal.Graphs.IO;

namespace BitAnneal.Cli.Commands;

/// <summary>Everything that one training was told. Written to its folder with all defaults, and read back by <c>--config</c>.</summary>
internal sealed record RunConfiguration
{
    public string Model { get; init; } = "quickstart";
    public string Data { get; init; } = "synthetic";
    public string? DataDir { get; init; }
    public string? Init { get; init; }
    public string Method { get; init; } = "dqa";
    public int WeightBits { get; init; } = 2;
    public int ActivationBits { get; init; } = 8;
    public string ActivationRange { get; init; } = "minmax";
    public float InitialClip { get; init; } = 3;
    public ImmutableArray<string> FloatLayers { get; init; } = [];
    public ImmutableArray<int> Widths { get; init; } = [];
    public double Lambda { get; init; } = 5;
    public string Normalizer { get; init; } = "per-layer-mean";
    public double StartTemperature { get; init; } = 100;
    public double EndTemperature { get; init; } = 0.03;
    public double? OmegaGrowth { get; init; }
    public int Epochs { get; init; } = 10;
    public int BatchSize { get; init; } = 128;
    public string Schedule { get; init; } = "cosine";

    /// <summary>Null: 0.1 from scratch, 0.02 from given weights.</summary>
    public double? LearningRate { get; init; }

    public double WarmUp { get; init; } = 0.05;
    public double Momentum { get; init; } = 0.9;
    public double WeightDecay { get; init; } = 5e-4;
    public int CropMargin { get; init; } = 4;
    public bool Flip { get; init; } = true;

    /// <summary>A random resized crop in place of the crop margin. Null: for imagefolder only.</summary>
    public bool? ResizedCrop { get; init; }

    public double ColourJitter { get; init; }
    public int BatchNormBatches { get; init; }
    public int EvaluateEvery { get; init; } = 1;
    public ulong Seed { get; init; } = 1;
    public int Threads { get; init; } = Environment.ProcessorCount;
    public string Device { get; init; } = "cpu";

    /// <summary>Reads a file.</summary>
    /// <exception cref="UsageException">It is missing, no JSON, or has an unknown key.</exception>
    public static RunConfiguration Read(string path)
    {
        try
        {
            return JsonSerializer.Deserialize(File.ReadAllText(path), CliJson.Default.RunConfiguration) ?? throw new UsageException($"--config '{path}' is empty");
        }
        catch (JsonException e)
        {
            throw new UsageException($"--config '{path}' cannot be understood: {e.Message}");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new UsageException($"--config '{path}' cannot be read: {e.Message}");
        }
    }

    /// <summary>Writes all values.</summary>
    public void Write(string path) => AtomicFile.WriteText(path, JsonSerializer.Serialize(this, CliJson.Default.RunConfiguration) + "\n");

    /// <summary>Every fault of the values, as text.</summary>
    public IEnumerable<string> Faults()
    {
        string[] schedules = ["cosine", "step", "constant"], ranges = ["minmax", "pact"], normalizers = ["per-layer-mean", "layer-share", "as-printed"];
        foreach (var (key, value, known) in (ReadOnlySpan<(string, string, string[])>)
            [("schedule", Schedule, schedules), ("activationRange", ActivationRange, ranges), ("normalizer", Normalizer, normalizers), ("device", Device, ["cpu", "cuda"])])
        {
            if (!known.Contains(value))
            {
                return [$"{key} '{value}' is unknown{NearestName.Hint(value, known)} (known: {string.Join(", ", known)})"];
            }
        }

        if (LearningRate is <= 0 || StartTemperature <= 0 || EndTemperature <= 0 || Lambda < 0 || Threads < 1 || CropMargin < 0 || !(ColourJitter >= 0) || WarmUp is < 0 or >= 1)
        {
            return ["learning rate and temperatures must be positive, lambda, crop margin and colour jitter not negative, warm-up in [0, 1), threads at least 1"];
        }

        return [];
    }
}

/// <summary>Serialisation without reflection: a start costs no scan of types.</summary>
[JsonSourceGenerationOptions(WriteIndented = true, PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow)]
[JsonSerializable(typeof(RunConfiguration))]
internal sealed partial class CliJson : JsonSerializerContext;
