namespace BitAnneal.Training.Methods.Dqa;

/// <summary>How the penalty of eq. 6 is weighted over the tensors (dqa.md, sections 14 and 19).</summary>
public enum PenaltyNormalizer
{
    /// <summary>λ·Σ_l (S_l/S)·gᵀa_l: the share of the tensor in the network. The default: it lands the attention on Q₁.</summary>
    LayerShare,

    /// <summary>λ/L·Σ_l gᵀa_l: every tensor alike.</summary>
    PerLayerMean,

    /// <summary>λ/S·Σ_l gᵀa_l, as printed: far too weak for real networks; kept for comparison.</summary>
    AsPrinted,
}
