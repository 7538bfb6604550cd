namespace BitAnneal.Training.Losses;

/// <summary>Learning from the answers of a float network as well as from labels (Hinton et al., arXiv 1503.02531).</summary>
/// <param name="Weight">Share of the teacher in the loss, in (0, 1].</param>
/// <param name="Temperature">Both answers are softened by it before they are compared; positive.</param>
public sealed record Distillation(double Weight = 0.5, double Temperature = 4);
