namespace BitAnneal.Graphs.Safetensors;

/// <summary>Brings the weights of a file into a graph.</summary>
public static class ParameterLoading
{
    private const int MaxFaults = 10;

    /// <summary>What wrappers of other frameworks put in front of every name.</summary>
    private static readonly string[] Wrappers = ["module.", "_orig_mod.", "model."];

    /// <summary>The graph with all its parameters replaced by those of a safetensors file.</summary>
    /// <param name="graph">The network; its parameter names are the keys. A wrapper's prefix that all tensors of the file share is passed over.</param>
    /// <param name="path">The file.</param>
    /// <exception cref="BitAnnealException">Tensors are missing, extra or misshapen: the first ten are listed. Or a value is not finite, or the file is damaged.</exception>
    public static Graph Load(Graph graph, string path)
    {
        var content = SafetensorsFile.Read(path);
        var tensors = Unwrapped(content.Tensors, graph);
        string[] absent = [.. graph.Parameters.Keys.Where(k => !tensors.ContainsKey(k)).Order(StringComparer.Ordinal)];
        string? Reason(string key) =>
            content.PassedOver.FirstOrDefault(p => p.Key == key || p.Key.EndsWith('.' + key, StringComparison.Ordinal)).Value;
        string[] faults =
        [
            .. absent.Where(k => Reason(k) is not null).Select(k => $"'{k}' {Reason(k)}"), // First: that many others are missing may follow from it.
            .. absent.Where(k => Reason(k) is null).Select(k => $"'{k}' is missing"),
            .. tensors.Keys.Where(k => !graph.Parameters.ContainsKey(k)).Order(StringComparer.Ordinal).Select(k => $"'{k}' is not in the model"),
            .. graph.Parameters.Keys.Order(StringComparer.Ordinal).Where(k => tensors.TryGetValue(k, out var t) && !t.Shape.Equals(graph.Parameters[k].Shape))
                .Select(k => $"'{k}' has shape {tensors[k].Shape} instead of {graph.Parameters[k].Shape}"),
        ];
        if (faults.Length == 0 && tensors.Where(t => t.Value.ToFloats().Any(v => !float.IsFinite(v))).Select(t => t.Key).FirstOrDefault() is { } notFinite)
        {
            throw new BitAnnealException(
                $"'{path}': tensor '{notFinite}' holds a value that is not finite (NaN or infinity); the run that wrote it has diverged");
        }

        return faults.Length == 0
            ? graph.WithParameters(tensors.Select(t => KeyValuePair.Create(t.Key, (GraphTensor)t.Value)))
            : throw new BitAnnealException($"'{path}' does not fit the model {graph.Name}: {string.Join("; ", faults.Take(MaxFaults))}"
                + (faults.Length > MaxFaults ? $"; and {faults.Length - MaxFaults} more" : ""));
    }

    /// <summary>Writes the parameters of a float graph.</summary>
    /// <exception cref="BitAnnealException">A parameter is quantized, or the file cannot be written.</exception>
    public static void Save(Graph graph, string path) => SafetensorsFile.Write(path, graph.Parameters.Select(p => p.Value is FloatTensor tensor
        ? KeyValuePair.Create(p.Key, tensor)
        : throw new BitAnnealException($"'{p.Key}' is quantized; a frozen network is written as .onnx")));

    private static IReadOnlyDictionary<string, FloatTensor> Unwrapped(IReadOnlyDictionary<string, FloatTensor> tensors, Graph graph)
    {
        string? wrapper = Array.Find(Wrappers, w => tensors.Count > 0 && tensors.Keys.All(k => k.StartsWith(w, StringComparison.Ordinal) && !graph.Parameters.ContainsKey(k)));
        return wrapper is null ? tensors : Unwrapped(tensors.ToDictionary(t => t.Key[wrapper.Length..], t => t.Value, StringComparer.Ordinal), graph);
    }
}
