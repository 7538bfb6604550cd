namespace BitAnneal.Reports;

/// <summary>Where the names of the lines stand.</summary>
public enum LegendPlace
{
    /// <summary>To the right of the frame.</summary>
    Beside,

    /// <summary>Inside, in the upper right corner.</summary>
    UpperRight,

    /// <summary>Inside, in the upper left corner.</summary>
    UpperLeft,

    /// <summary>Inside, in the lower right corner.</summary>
    LowerRight,

    /// <summary>Below the axis, in rows.</summary>
    Below,

    /// <summary>Nowhere.</summary>
    None,
}
