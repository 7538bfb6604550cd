using BitAnneal.Graphs;

namespace BitAnneal.Fuzz;

/// <summary>A reader under attack.</summary>
internal abstract class Target
{
    private const long Room = 64 << 20;
    private const int TimesFile = 10;

    /// <summary>One attempt.</summary>
    /// <param name="seed">What the attempt is made from.</param>
    public abstract Outcome Try(ulong seed);

    /// <summary>Reads a file, judged by what comes out and by the memory that it took.</summary>
    /// <param name="length">Bytes of the file.</param>
    /// <param name="read">The reader.</param>
    protected static Outcome Read(long length, Action read)
    {
        long before = GC.GetAllocatedBytesForCurrentThread();
        bool isRead = true;
        try
        {
            read();
        }
        catch (BitAnnealException)
        {
            isRead = false;
        }

        long taken = GC.GetAllocatedBytesForCurrentThread() - before; // At least what was held at once.
        return taken > TimesFile * length + Room ? throw new InvalidOperationException($"{taken} bytes of memory for a file of {length}")
            : isRead ? Outcome.Read : Outcome.Refused;
    }
}
