namespace BitAnneal.Training;

/// <summary>Number format in which convolutions and linear layers are computed while training. Evaluation is always float32.</summary>
public enum ComputeType
{
    /// <summary>float32.</summary>
    Full,

    /// <summary>
    /// Operands in bfloat16, everything else in float32. Codes of up to 8 bits survive the format; scales and mixtures are rounded to 8 bits.
    /// Faster only where the processor multiplies bfloat16.
    /// </summary>
    BFloat16,
}
