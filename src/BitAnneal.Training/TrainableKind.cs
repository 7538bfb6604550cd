namespace BitAnneal.Training;

/// <summary>What a trainable tensor is, as far as weight decay cares.</summary>
public enum TrainableKind
{
    /// <summary>Weight of a convolution or linear layer.</summary>
    Weight,

    /// <summary>Clip value of a PACT range, which has a regulariser of its own.</summary>
    Clip,

    /// <summary>Bias, batch normalisation, attention: never decayed.</summary>
    Other,
}
