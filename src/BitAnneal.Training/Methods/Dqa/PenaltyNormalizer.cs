namespace BitAnneal.Training.Methods.Dqa;

/// <summary>How the penalty of eq. 6 is weighted over the L mixed tensors of a kind (weights, activations) with S entries in all (dqa.md, sections 14 and 19).</summary>
public enum PenaltyNormalizer
{
    /// <summary>λ/L·Σ_l gᵀa_l: every tensor alike. The default: it lands the attention on Q₁ in small tensors too.</summary>
    PerLayerMean,

    /// <summary>λ·Σ_l (S_l/S)·gᵀa_l: the share of the tensor in the network. A small first layer may stay on a wide quantizer.</summary>
    LayerShare,

    /// <summary>λ/S·Σ_l gᵀa_l, as printed: far too weak for real networks; kept for comparison.</summary>
    AsPrinted,
}
