namespace BitAnneal.Graphs;

/// <summary>
/// A fault that the user can act on: its message is one clear line that names the file, node, flag or line and what to do.
/// Anything else that escapes is a defect of ours.
/// </summary>
public class BitAnnealException : Exception
{
    /// <summary>Creates the fault with its one-line message.</summary>
    public BitAnnealException(string message) : base(message) { }

    /// <summary>Creates the fault with its one-line message and what caused it.</summary>
    public BitAnnealException(string message, Exception innerException) : base(message, innerException) { }
}
