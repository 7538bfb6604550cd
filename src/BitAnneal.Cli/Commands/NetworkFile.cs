using BitAnneal.Cli.Console;
using BitAnneal.Graphs;
using BitAnneal.Graphs.Safetensors;
using BitAnneal.Models;
using BitAnneal.Onnx;

namespace BitAnneal.Cli.Commands;

/// <summary>A network on disk: a frozen <c>.onnx</c> file, or float weights for a known network.</summary>
internal static class NetworkFile
{
    /// <summary>How help describes the argument.</summary>
    public const string Description = "A frozen .onnx file, or float weights in a .safetensors file (with --model).";

    /// <summary>Whether the file holds float weights only.</summary>
    public static bool IsFloat(string path) => path.EndsWith(".safetensors", StringComparison.OrdinalIgnoreCase);

    /// <summary>Reads the network.</summary>
    /// <param name="path">The file.</param>
    /// <param name="model">The network that float weights belong to.</param>
    /// <param name="classes">Its number of classes; null for what is usual with it.</param>
    /// <exception cref="UsageException">Float weights, and no model is named.</exception>
    /// <exception cref="BitAnnealException">The file is missing, damaged, or does not fit the model.</exception>
    public static Graph Read(string path, string? model, int? classes) => !IsFloat(path) ? OnnxImporter.Import(path)
        : model is null ? throw new UsageException($"'{path}' holds weights without a network: say which with --model")
        : ParameterLoading.Load(ModelCatalog.Create(model, classes: classes), path);
}
