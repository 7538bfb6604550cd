namespace BitAnneal.Training.Methods;

/// <summary>What a quantized tensor is.</summary>
public enum SiteKind
{
    /// <summary>Weight of a layer.</summary>
    Weight,

    /// <summary>Input of one or more layers.</summary>
    Activation,
}
