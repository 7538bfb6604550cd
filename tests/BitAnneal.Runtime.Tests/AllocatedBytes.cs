namespace BitAnneal.Runtime.Tests;

/// <summary>What a piece of code allocates on its thread.</summary>
internal static class AllocatedBytes
{
    /// <summary>What the smallest object in every call would come to.</summary>
    public const long OfAnObjectPerCall = CallsInRound * 24;

    private const int Rounds = 10, CallsInRound = 20;

    /// <summary>The least of several rounds of calls: the runtime itself allocates now and then, but not in all of them.</summary>
    public static long Least(Action call)
    {
        long least = long.MaxValue;
        for (int round = 0; round < Rounds; round++)
        {
            long before = GC.GetAllocatedBytesForCurrentThread();
            for (int i = 0; i < CallsInRound; i++)
            {
                call();
            }

            least = Math.Min(least, GC.GetAllocatedBytesForCurrentThread() - before);
        }

        return least;
    }
}
