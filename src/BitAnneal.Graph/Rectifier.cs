namespace BitAnneal.Graphs;

/// <summary>The activation function that training and engine carry out together with the step in front of it or behind it.</summary>
public enum Rectifier
{
    /// <summary>x.</summary>
    None,

    /// <summary>max(x, 0).</summary>
    Relu,

    /// <summary>min(max(x, 0), 6).</summary>
    Relu6,
}
