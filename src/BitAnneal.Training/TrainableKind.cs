namespace BitAnneal.Training;

/// <summary>What a trainable tensor is, as far as weight decay and averages care.</summary>
public enum TrainableKind
{
    /// <summary>Weight of a convolution or linear layer.</summary>
    Weight,

    /// <summary>Clip value of a PACT range, which has a regulariser of its own.</summary>
    Clip,

    /// <summary>Soft attention of a mixture: neither decayed nor averaged.</summary>
    Attention,

    /// <summary>Bias, batch normalisation: never decayed.</summary>
    Other,
}
