using System.Globalization;
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
    private const string StepKey = "step", FingerprintKey = "fingerprint";

    /// <summary>Writes a checkpoint; an older one is replaced only by a whole new one.</summary>
    /// <param name="path">The file.</param>
    /// <param name="module">Parameters, statistics and ranges.</param>
    /// <param name="optimizer">Momentum.</param>
    /// <param name="average">Moving average of the weights; null for none.</param>
    /// <param name="step">Steps done.</param>
    /// <param name="fingerprint">What the run was configured to do; a different run must not continue from it.</param>
    public static void Save(string path, GraphModule module, SgdOptimizer optimizer, WeightAverage? average, long step, string fingerprint)
    {
        var tensors = Tensors(module, optimizer, average).Select(t => KeyValuePair.Create(t.Key, new FloatTensor(ShapeOf(t.Value), TensorMemory.ToFloats(t.Value))))
            .Concat(Ranges(module).Where(r => r.Range.State.Length > 0)
                .Select(r => KeyValuePair.Create(r.Name, new FloatTensor(new TensorShape(r.Range.State.Length), r.Range.State))));
        SafetensorsFile.Write(path, tensors, new Dictionary<string, string>
        {
            [StepKey] = step.ToString(CultureInfo.InvariantCulture),
            [FingerprintKey] = fingerprint,
        });
    }

    /// <summary>Restores a checkpoint into a module and optimiser of the same run.</summary>
    /// <returns>Steps done.</returns>
    /// <exception cref="BitAnnealException">The file is damaged, or of another run.</exception>
    public static long Load(string path, GraphModule module, SgdOptimizer optimizer, WeightAverage? average, string fingerprint)
    {
        var content = SafetensorsFile.Read(path);
        if (!content.Metadata.TryGetValue(FingerprintKey, out string? found) || found != fingerprint)
        {
            throw new BitAnnealException($"'{path}' belongs to a run with another configuration; choose another folder, or start again without --resume");
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

        return long.TryParse(content.Metadata.GetValueOrDefault(StepKey), NumberStyles.None, CultureInfo.InvariantCulture, out long step)
            ? step
            : throw new BitAnnealException($"'{path}' does not say at which step it was written");
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
