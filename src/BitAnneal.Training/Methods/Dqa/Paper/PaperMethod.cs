namespace BitAnneal.Training.Methods.Dqa.Paper;

/// <summary>How a row of the DQA paper was trained.</summary>
public enum PaperMethod
{
    /// <summary>float32.</summary>
    FullPrecision,

    /// <summary>Q₁ from the first step ("vanilla").</summary>
    Plain,

    /// <summary>Binary-Relax ("BR").</summary>
    BinaryRelax,

    /// <summary>DQA.</summary>
    Dqa,
}
