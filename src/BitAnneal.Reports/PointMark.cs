namespace BitAnneal.Reports;

/// <summary>What marks the points of a line.</summary>
public enum PointMark
{
    /// <summary>Nothing.</summary>
    None,

    /// <summary>A filled disc.</summary>
    Disc,

    /// <summary>An open ring, larger than a disc: both are seen where they fall together.</summary>
    Ring,
}
