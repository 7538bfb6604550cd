namespace BitAnneal.Training.Relaxations;

/// <summary>How the soft attention α is divided by its standard deviation (dqa.md, section 14).</summary>
public enum AlphaNormalization
{
    /// <summary>Algorithm 1 of the paper: the parameter itself is overwritten before every step.</summary>
    Assignment,

    /// <summary>The division is part of the forward pass and has a derivative.</summary>
    InForwardPass,
}
