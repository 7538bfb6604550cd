namespace BitAnneal.Cli.Commands;

/// <summary>How far a run is.</summary>
internal enum RunState
{
    /// <summary>Nothing is worth keeping.</summary>
    New,

    /// <summary>There is a checkpoint.</summary>
    Interrupted,

    /// <summary>There is a summary.</summary>
    Finished,
}
