namespace BitAnneal.Training.Quantizers;

/// <summary>One quantizer of a mixture, as the kernels see it for one pass: x̂ = Scale·code + Offset, code in 0..LastCode.</summary>
/// <param name="Scale">Distance between levels.</param>
/// <param name="Offset">Lowest level.</param>
/// <param name="LastCode">Highest code; 0 marks the identity (a float32 partner).</param>
/// <param name="Rounding">Rounding rule.</param>
/// <param name="Clipped">Whether the gradient is zero outside the levels.</param>
internal readonly record struct Partner(float Scale, float Offset, int LastCode, Rounding Rounding, bool Clipped)
{
    /// <summary>Whether the partner is the identity.</summary>
    public bool IsFloat => LastCode == 0;

    /// <summary>Highest level.</summary>
    public float Top => Offset + Scale * LastCode;
}
