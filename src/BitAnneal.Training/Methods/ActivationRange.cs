namespace BitAnneal.Training.Methods;

/// <summary>How the range of quantized activations is found.</summary>
public enum ActivationRange
{
    /// <summary>Batch minimum and maximum, averaged over the training.</summary>
    MinMax,

    /// <summary>Learned clip value (PACT); negative activations become zero.</summary>
    Pact,
}
