using System.Globalization;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;
using BitAnneal.Graphs;
using BitAnneal.Graphs.Safetensors;
using BitAnneal.Training.Optimizers;
using BitAnneal.Training.Quantizers;
using BitAnneal.Training.Tensors;
using static TorchSharp.torch;

namespace BitAnneal.Training.Runs;

/// <summary>Saves and restores everything that a training needs to go on with the same bits. The format is safetensors: data, no code.</summary>
public static class Checkpoint
{
    private const string StepKey = "step", ChecksumKey = "checksum", RunPrefix = "run/";

    /// <summary>Writes a checkpoint; an older one is replaced only by a whole new one.</summary>
    /// <param name="path">The file.</param>
    /// <param name="previous">Where the older one is kept; null for nowhere.</param>
    /// <param name="module">Parameters, statistics and ranges.</param>
    /// <param name="optimizer">Momentum.</param>
    /// <param name="average">Moving average of the weights; null for none.</param>
    /// <param name="step">Steps done.</param>
    /// <param name="identity">What the run is made of, by name; a different run must not continue from it.</param>
    public static void Save(
        string path, string? previous, GraphModule module, SgdOptimizer optimizer, WeightAverage? average, long step, IReadOnlyDictionary<string, string> identity)
    {
        var tensors = Tensors(module, optimizer, average).Select(t => KeyValuePair.Create(t.Key, new FloatTensor(ShapeOf(t.Value), TensorMemory.ToFloats(t.Value))))
            .Concat(Ranges(module).Where(r => r.Range.State.Length > 0)
                .Select(r => KeyValuePair.Create(r.Name, new FloatTensor(new TensorShape(r.Range.State.Length), r.Range.State))))
            .ToDictionary(StringComparer.Ordinal);
        var metadata = identity.ToDictionary(p => RunPrefix + p.Key, p => p.Value, StringComparer.Ordinal);
        metadata[StepKey] = step.ToString(CultureInfo.InvariantCulture);
        metadata[ChecksumKey] = Checksum(tensors, metadata);
        SafetensorsFile.Write(path, tensors, metadata, previous);
    }

    /// <summary>Restores a checkpoint into a module and optimiser of the same run.</summary>
    /// <returns>Steps done.</returns>
    /// <exception cref="BitAnnealException">The file is of another run.</exception>
    internal static long Load(
        SafetensorsContent content, string path, GraphModule module, SgdOptimizer optimizer, WeightAverage? average, long lastStep, IReadOnlyDictionary<string, string> identity)
    {
        string[] differences = [.. identity.Where(p => content.Metadata.GetValueOrDefault(RunPrefix + p.Key) != p.Value)
            .Select(p => $"{p.Key} is [{p.Value}], was [{content.Metadata.GetValueOrDefault(RunPrefix + p.Key)}]")];
        if (differences.Length > 0)
        {
            throw new BitAnnealException(
                $"'{path}' belongs to another run: {string.Join("; ", differences)}; choose another folder, or start again without --resume");
        }

        if (!long.TryParse(content.Metadata.GetValueOrDefault(StepKey), NumberStyles.None, CultureInfo.InvariantCulture, out long step) || step > lastStep)
        {
            throw new BitAnnealException($"'{path}' was written at step '{content.Metadata.GetValueOrDefault(StepKey)}' of a run that has {lastStep}");
        }

        var targets = Tensors(module, optimizer, average).ToDictionary(t => t.Key, t => t.Value, StringComparer.Ordinal);
        foreach (var (name, tensor) in targets)
        {
            if (!content.Tensors.TryGetValue(name, out var saved) || !saved.Shape.Equals(ShapeOf(tensor)))
            {
                throw new BitAnnealException($"'{path}' does not fit the run: '{name}' is missing or has another shape");
            }
        }

        foreach (var (name, tensor) in targets)
        {
            TensorMemory.CopyInto(tensor.detach(), content.Tensors[name].Values);
        }

        foreach (var (name, range) in Ranges(module).Where(r => r.Range.State.Length > 0))
        {
            range.State = content.Tensors.TryGetValue(name, out var saved) && saved.Values.Length == range.State.Length
                ? saved.ToFloats()
                : throw new BitAnnealException($"'{path}' does not fit the run: '{name}' is missing");
        }

        return step;
    }

    /// <summary>Reads a checkpoint that is what was written, to the bit.</summary>
    /// <exception cref="BitAnnealException">The file is missing or damaged.</exception>
    internal static SafetensorsContent Read(string path)
    {
        var content = SafetensorsFile.Read(path);
        return content.Metadata.TryGetValue(ChecksumKey, out string? sum) && sum == Checksum(content.Tensors, content.Metadata)
            ? content
            : throw new BitAnnealException(
                $"'{path}' is damaged, or of an older version: its content does not match its checksum; remove it, or start again without --resume");
    }

    private static string Checksum(IReadOnlyDictionary<string, FloatTensor> tensors, IReadOnlyDictionary<string, string> metadata)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var (key, value) in metadata.Where(m => m.Key != ChecksumKey).OrderBy(m => m.Key, StringComparer.Ordinal))
        {
            hash.AppendData(Encoding.UTF8.GetBytes($"{key}\0{value}\0"));
        }

        foreach (var (name, tensor) in tensors.OrderBy(t => t.Key, StringComparer.Ordinal))
        {
            hash.AppendData(Encoding.UTF8.GetBytes($"{name}\0{tensor.Shape}\0"));
            hash.AppendData(MemoryMarshal.AsBytes(tensor.Values));
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    private static IEnumerable<KeyValuePair<string, Tensor>> Tensors(GraphModule module, SgdOptimizer optimizer, WeightAverage? average) =>
        module.Trainables.Select(t => KeyValuePair.Create(t.Name, t.Value))
            .Concat(module.Buffers)
            .Concat(optimizer.Velocities.Select(v => KeyValuePair.Create("velocity/" + v.Key, v.Value)))
            .Concat(average?.Averages.Select(a => KeyValuePair.Create("average/" + a.Key, a.Value)) ?? []);

    private static IEnumerable<(string Name, QuantizerRange Range)> Ranges(GraphModule module) =>
        module.Quantizers.SelectMany(q => q.Ranges.Select((range, i) => ($"range/{q.Site}/{i}", range)));

    private static TensorShape ShapeOf(Tensor tensor)
    {
        int[] dimensions = [.. tensor.shape.Select(d => (int)d)];
        return new TensorShape(dimensions);
    }
}
