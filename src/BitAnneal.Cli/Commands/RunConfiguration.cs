using System.Collections.Immutable;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using System.Text.Unicode;
using BitAnneal.Cli.Console;
using BitAnneal.Data;
using BitAnneal.Graphs;
using BitAnneal.Graphs.IO;

namespace BitAnneal.Cli.Commands;

/// <summary>Everything that one training was told. Written to its folder with all defaults, and read back by <c>--config</c>.</summary>
internal sealed record RunConfiguration
{
    public static IReadOnlyCollection<string> ActivationRanges { get; } = ["minmax", "pact"];
    public static IReadOnlyCollection<string> Normalizers { get; } = ["per-layer-mean", "layer-share", "as-printed"];
    public static IReadOnlyCollection<string> Schedules { get; } = ["cosine", "step", "constant"];
    public static IReadOnlyCollection<string> EdgePolicies { get; } = ["same", "8bit", "float"];
    public static IReadOnlyCollection<string> ComputeTypes { get; } = ["float32", "bfloat16"];
    public static IReadOnlyCollection<string> AlphaNormalizations { get; } = ["assignment", "forward"];

    public string Model { get; init; } = "quickstart";
    public string Data { get; init; } = "synthetic";
    public string? DataDir { get; init; }

    /// <summary>Null: all.</summary>
    public int? TrainImages { get; init; }

    /// <summary>Null: all.</summary>
    public int? TestImages { get; init; }

    public string? Init { get; init; }
    public string Method { get; init; } = "dqa";
    public int WeightBits { get; init; } = 2;
    public int ActivationBits { get; init; } = 8;
    public string ActivationRange { get; init; } = "minmax";
    public float InitialClip { get; init; } = 3;

    /// <summary>Quantizers of the weights by name, lowest first; empty: min-max with <see cref="WeightBits"/>, twice as many, and 8.</summary>
    public ImmutableArray<string> Weights { get; init; } = [];

    /// <summary>Quantizers of the activations by name, lowest first; empty: <see cref="ActivationRange"/> with <see cref="ActivationBits"/>, twice as many, and 8.</summary>
    public ImmutableArray<string> Activations { get; init; } = [];

    /// <summary>The first and the last layer.</summary>
    public string Edges { get; init; } = "same";

    /// <summary>Layers left in float32, by name or pattern.</summary>
    public ImmutableArray<string> FloatLayers { get; init; } = [];

    /// <summary>Other exceptions.</summary>
    public ImmutableArray<LayerConfiguration> Layers { get; init; } = [];

    public double Lambda { get; init; } = 5;
    public string Normalizer { get; init; } = "per-layer-mean";
    public double StartTemperature { get; init; } = 100;
    public double EndTemperature { get; init; } = 0.03;
    public string AlphaNormalization { get; init; } = "assignment";
    public bool SharedAttention { get; init; }
    public double? OmegaGrowth { get; init; }

    /// <summary>Binary-Relax as first published: 1.04 per epoch, exact in the last quarter.</summary>
    public bool OriginalBinaryRelax { get; init; }

    public int Epochs { get; init; } = 10;
    public int BatchSize { get; init; } = 128;
    public string Schedule { get; init; } = "cosine";

    /// <summary>Null: 0.1 from scratch, 0.02 from given weights.</summary>
    public double? LearningRate { get; init; }

    public double WarmUp { get; init; } = 0.05;

    /// <summary>Share of the steps after which a cosine falls.</summary>
    public double Hold { get; init; }

    public double Momentum { get; init; } = 0.9;
    public double WeightDecay { get; init; } = 5e-4;
    public int CropMargin { get; init; } = 4;
    public bool Flip { get; init; } = true;

    /// <summary>A random resized crop in place of the crop margin. Null: for imagefolder only.</summary>
    public bool? ResizedCrop { get; init; }

    public double ColourJitter { get; init; }
    public double LabelSmoothing { get; init; }
    public double Mixup { get; init; }

    /// <summary>Float weights of the same model to learn from (.safetensors). Null: none.</summary>
    public string? Teacher { get; init; }

    public double DistillationWeight { get; init; } = 0.5;
    public double DistillationTemperature { get; init; } = 4;
    public double AverageDecay { get; init; }
    public double GradientLimit { get; init; }
    public int BatchesPerStep { get; init; } = 1;
    public string Compute { get; init; } = "float32";
    public int BatchNormBatches { get; init; }
    public int EvaluateEvery { get; init; } = 1;

    /// <summary>Steps between two lines of metrics.</summary>
    public int LogEvery { get; init; } = 10;

    /// <summary>Minutes after which a checkpoint is written within an epoch as well; 0: at ends of epochs only.</summary>
    public double CheckpointMinutes { get; init; } = 5;

    public ulong Seed { get; init; } = 1;
    public int Threads { get; init; } = Environment.ProcessorCount;
    public string Device { get; init; } = "cpu";

    /// <summary>Reads a file. A key that it lacks takes its default.</summary>
    /// <exception cref="UsageException">It is missing, no JSON, has an unknown key or a value of a wrong type.</exception>
    public static RunConfiguration Read(string path)
    {
        try
        {
            // Generated code would set every init-only property, the missing ones to zero: so lay the file over the defaults.
            var all = new RunConfiguration().ToNode();
            foreach (var (key, value) in ReadObject(path, [.. all.Select(p => p.Key)]))
            {
                RefuseNull(path, key, value, isList: all[key] is JsonArray);
                all[key] = value?.DeepClone();
            }

            LayOverDefaults(path, all["layers"] as JsonArray);
            return all.Deserialize(CliJson.Default.RunConfiguration)!;
        }
        catch (BitAnnealException e)
        {
            throw new UsageException($"the configuration cannot be read: {e.Message}");
        }
        catch (JsonException e)
        {
            throw new UsageException(e.Path is { Length: > 2 } key ? $"'{path}': '{key[2..]}' has a value of the wrong type" : $"'{path}' line {e.LineNumber + 1} is not JSON");
        }
    }

    /// <summary>Writes all values.</summary>
    public void Write(string path) => AtomicFile.WriteText(path, JsonSerializer.Serialize(this, CliJson.Default.RunConfiguration) + "\n");

    /// <summary>Every fault of the values that no other part checks, as text.</summary>
    public IEnumerable<string> Faults()
    {
        string?[] faults =
        [
            OptionKinds.Unknown("model", Model, CommonOptions.Models),
            OptionKinds.Unknown("dataset", Data, DatasetCatalog.Names),
            OptionKinds.Unknown("method", Method, TrainingJob.Methods),
            OptionKinds.Unknown("activation range", ActivationRange, ActivationRanges),
            OptionKinds.Unknown("normalizer", Normalizer, Normalizers),
            OptionKinds.Unknown("schedule", Schedule, Schedules),
            OptionKinds.Unknown("device", Device, CommonOptions.Devices),
            OptionKinds.Unknown("edges", Edges, EdgePolicies),
            OptionKinds.Unknown("compute", Compute, ComputeTypes),
            OptionKinds.Unknown("alpha normalization", AlphaNormalization, AlphaNormalizations),
            Unless(IsWidth(WeightBits), $"weight bit width {WeightBits} is outside 1..{Grid.MaxBits} (or 32 for float)"),
            Unless(IsWidth(ActivationBits), $"activation bit width {ActivationBits} is outside 1..{Grid.MaxBits} (or 32 for float)"),
            Unless(IsPositive(LearningRate ?? 1), $"learning rate {LearningRate} must be positive"),
            Unless(WarmUp is >= 0 and < 1, $"warm-up {WarmUp} is outside [0, 1)"),
            Unless(Hold is >= 0 and < 1, $"hold {Hold} is outside [0, 1)"),
            Unless(IsPositive(InitialClip), $"initial clip {InitialClip} must be positive"),
            Unless(Lambda >= 0 && double.IsFinite(Lambda), $"lambda {Lambda} must not be negative"),
            Unless(IsPositive(StartTemperature) && IsPositive(EndTemperature), $"the temperatures {StartTemperature} and {EndTemperature} must be positive"),
            Unless(IsPositive(OmegaGrowth ?? 1), $"omega growth {OmegaGrowth} must be positive"),
            Unless(CropMargin >= 0, $"crop margin {CropMargin} must not be negative"),
            Unless(ColourJitter >= 0 && double.IsFinite(ColourJitter), $"colour jitter {ColourJitter} must not be negative"),
            Unless(Threads is >= 1 and <= CommonOptions.MaxThreads, $"threads {Threads} are outside 1..{CommonOptions.MaxThreads}"),
            Unless((TrainImages ?? 1) >= 1 && (TestImages ?? 1) >= 1, $"the numbers of images ({TrainImages} and {TestImages}) must be at least 1"),
        ];
        return faults.OfType<string>();
    }

    /// <summary>What another run was told differently, as text. Where the data lie and what computes is no difference.</summary>
    public IEnumerable<string> DifferencesFrom(RunConfiguration other)
    {
        string[] ignored = ["dataDir", "threads", "device", "checkpointMinutes"];
        var (mine, theirs) = (ToNode(), other.ToNode());
        return mine.Where(p => !ignored.Contains(p.Key) && !JsonNode.DeepEquals(p.Value, theirs[p.Key]))
            .Select(p => $"{p.Key} is {p.Value?.ToJsonString() ?? "null"}, was {theirs[p.Key]?.ToJsonString() ?? "null"}");
    }

    private static bool IsWidth(int bits) => bits is 32 or (>= 1 and <= Grid.MaxBits);

    private JsonObject ToNode() => JsonSerializer.SerializeToNode(this, CliJson.Default.RunConfiguration)!.AsObject();

    private static JsonObject ReadObject(string path, string[] known)
    {
        byte[] bytes = InputFile.ReadAllBytes(path);
        if (!Utf8.IsValid(bytes))
        {
            throw new UsageException($"'{path}' is not UTF-8 text");
        }

        ReadOnlySpan<byte> mark = [0xEF, 0xBB, 0xBF]; // Some editors put it before the text.
        if (JsonNode.Parse(bytes.AsSpan(bytes.AsSpan().StartsWith(mark) ? mark.Length : 0), null, new JsonDocumentOptions { AllowDuplicateProperties = false }) is not JsonObject given)
        {
            throw new UsageException($"'{path}' holds no JSON object");
        }

        RefuseUnknown(path, "", given, known);
        return given;
    }

    /// <summary>The same for every exception in the list: each must name its layers.</summary>
    private static void LayOverDefaults(string path, JsonArray? layers)
    {
        for (int i = 0; i < (layers?.Count ?? 0); i++)
        {
            var all = JsonSerializer.SerializeToNode(new LayerConfiguration(), CliJson.Default.LayerConfiguration)!.AsObject();
            if (layers![i] is not JsonObject given || given["layers"] is null)
            {
                throw new UsageException($"'{path}': 'layers[{i}]' must be an object with the key 'layers', a name or a pattern");
            }

            RefuseUnknown(path, $"layers[{i}].", given, [.. all.Select(p => p.Key)]);
            foreach (var (key, value) in given)
            {
                RefuseNull(path, $"layers[{i}].{key}", value, isList: false);
                all[key] = value?.DeepClone();
            }

            layers[i] = all;
        }
    }

    /// <summary>A list that is null, or has one for an entry, would pass as a value of its type.</summary>
    private static void RefuseNull(string path, string key, JsonNode? value, bool isList)
    {
        int entry = value is JsonArray list ? list.IndexOf(null) : -1;
        if (entry >= 0 || (isList && value is null))
        {
            throw new UsageException($"'{path}': '{key}{(entry >= 0 ? $"[{entry}]" : "")}' has a value of the wrong type: null");
        }
    }

    private static void RefuseUnknown(string path, string prefix, JsonObject given, string[] known)
    {
        string[] unknown = [.. given.Select(p => p.Key).Where(k => !known.Contains(k)).Select(k => $"unknown key '{prefix}{k}'{NearestName.Hint(k, known)}")];
        if (unknown.Length > 0)
        {
            throw new UsageException($"'{path}': {string.Join("; ", unknown)}");
        }
    }

    private static bool IsPositive(double value) => value > 0 && double.IsFinite(value);

    private static string? Unless(bool holds, FormattableString fault) => holds ? null : FormattableString.Invariant(fault);
}

/// <summary>Serialisation without reflection: a start costs no scan of types.</summary>
[JsonSourceGenerationOptions(WriteIndented = true, PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, RespectNullableAnnotations = true)]
[JsonSerializable(typeof(RunConfiguration))]
[JsonSerializable(typeof(LayerConfiguration))]
internal sealed partial class CliJson : JsonSerializerContext;
