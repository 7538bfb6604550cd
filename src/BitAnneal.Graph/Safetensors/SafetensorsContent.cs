namespace BitAnneal.Graphs.Safetensors;

/// <summary>What a safetensors file holds.</summary>
/// <param name="Tensors">Floating-point tensors by name.</param>
/// <param name="Metadata">Free text by key.</param>
public sealed record SafetensorsContent(IReadOnlyDictionary<string, FloatTensor> Tensors, IReadOnlyDictionary<string, string> Metadata)
{
    /// <summary>Why tensors were passed over, by name.</summary>
    internal IReadOnlyDictionary<string, string> PassedOver { get; init; } = new Dictionary<string, string>();
}
