namespace BitAnneal.Fuzz;

/// <summary>What became of an attempt.</summary>
internal enum Outcome
{
    /// <summary>The reader said what is wrong.</summary>
    Refused,

    /// <summary>The file was read, and is too large to be run here.</summary>
    Read,

    /// <summary>The network was run, and equals the oracle bit for bit.</summary>
    Run,
}
