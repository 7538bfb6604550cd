namespace BitAnneal.Graphs;

/// <summary>
/// A fault that the user can act on: its message is one clear line that names the file, node, flag or line and what to do.
/// What it quotes from a file cannot break that line: control characters come out as escapes.
/// Anything else that escapes is a defect of ours.
/// </summary>
public class BitAnnealException : Exception
{
    /// <summary>Creates the fault with its one-line message.</summary>
    public BitAnnealException(string message) : base(OneLine.Of(message)) { }

    /// <summary>Creates the fault with its one-line message and what caused it.</summary>
    public BitAnnealException(string message, Exception innerException) : base(OneLine.Of(message), innerException) { }
}
