namespace BitAnneal.Graphs.Operators;

/// <summary>What a parameter is for: decides initialisation, weight decay and whether it may be quantized.</summary>
public enum ParameterKind
{
    /// <summary>Weights of a convolution or linear layer.</summary>
    Weight,

    /// <summary>An additive term per output channel.</summary>
    Bias,

    /// <summary>The factor of a batch normalisation (gamma).</summary>
    Gain,

    /// <summary>A running mean; not trained by gradient.</summary>
    RunningMean,

    /// <summary>A running variance; not trained by gradient.</summary>
    RunningVariance,
}
