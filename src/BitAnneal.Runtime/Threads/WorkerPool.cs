using BitAnneal.Runtime.Kernels;
using BitAnneal.Runtime.Steps;

namespace BitAnneal.Runtime.Threads;

/// <summary>
/// Runs the steps of a session on several threads. A step is cut into chunks, which the caller and its workers claim one by one: first the one of their own
/// number, whose data the step before has most likely left in their cache, then any other. A worker that the system does not let run claims nothing, so that
/// threads in excess of processors cost little. Workers look for work for a moment, then sleep.
/// </summary>
internal sealed unsafe class WorkerPool
{
    private const int SpinsBeforeSleep = 1000; // Some 20 microseconds.
    private const int ChunkBits = 16;
    private const long ChunkMask = (1 << ChunkBits) - 1;

    private readonly State state;

    /// <summary>Starts the workers.</summary>
    /// <param name="threads">Threads in all, the caller among them; at least 2.</param>
    /// <param name="scratchBytes">Scratch memory of a thread.</param>
    public WorkerPool(int threads, long scratchBytes)
    {
        state = new State(threads, checked((int)scratchBytes));
        for (int i = 1; i < threads; i++)
        {
            int worker = i;
            var shared = state; // Not this object: its end stops the workers.
            new Thread(() => shared.Work(worker)) { IsBackground = true, Name = "BitAnneal worker" }.Start();
        }
    }

    /// <summary>Stops the workers.</summary>
    ~WorkerPool() => state.Stop();

    /// <summary>Runs a step.</summary>
    /// <exception cref="InvalidOperationException">A worker failed; the inner exception says why.</exception>
    public void Run(Step step, byte* arena)
    {
        int chunks = Math.Min(step.Chunks(state.Threads), ChunkLimit(state.Threads));
        if (chunks == 1)
        {
            step.Run(arena);
        }
        else
        {
            state.Run(step, arena, chunks);
        }

        GC.KeepAlive(this);
    }

    /// <summary>Wakes the workers for the steps that follow.</summary>
    public void Begin() => state.Awake.Set();

    /// <summary>Lets the workers sleep.</summary>
    public void End() => state.Awake.Reset();

    private static int ChunkLimit(int threads) => (int)Math.Min(4L * threads, ChunkMask);

    /// <summary>What the caller and the workers share.</summary>
    private sealed class State(int threads, int scratchBytes)
    {
        private readonly PinnedBytes[] scratch = [.. Enumerable.Range(0, threads).Select(_ => new PinnedBytes(scratchBytes))];
        private readonly long[] claims = new long[ChunkLimit(threads)]; // The last ticket for which each chunk was claimed; tickets grow.
        private Step? step;
        private byte* arena;
        private int done;
        private long ticket; // Number of the step, then chunks in the lowest bits.
        private bool isStopped;
        private Exception? failure;

        public int Threads => threads;

        /// <summary>Set while there may be work.</summary>
        public ManualResetEventSlim Awake { get; } = new(false, spinCount: 0);

        public void Stop()
        {
            Volatile.Write(ref isStopped, true);
            Awake.Set();
        }

        public void Run(Step next, byte* memory, int count)
        {
            (step, failure) = (next, null);
            arena = memory;
            Volatile.Write(ref done, 0);
            long own = (((Volatile.Read(ref ticket) >> ChunkBits) + 1) << ChunkBits) | (long)count;
            Volatile.Write(ref ticket, own);
            RunChunks(own, 0);
            for (int spins = 0; Volatile.Read(ref done) < count; spins++)
            {
                if (spins < SpinsBeforeSleep)
                {
                    Thread.SpinWait(1); // Not SpinWait.SpinOnce: its pauses grow beyond the time of a step.
                }
                else
                {
                    Thread.Yield(); // A worker that was interrupted in its chunk gets this processor.
                }
            }

            if (failure is not null)
            {
                throw new InvalidOperationException($"a worker failed in {next.Node}", failure);
            }
        }

        public void Work(int worker)
        {
            long seen = 0;
            while (!Volatile.Read(ref isStopped))
            {
                long latest = seen;
                for (int i = 0; i < SpinsBeforeSleep && latest == seen; i++)
                {
                    Thread.SpinWait(1);
                    latest = Volatile.Read(ref ticket);
                }

                if (latest == seen)
                {
                    Awake.Wait();
                    Thread.Yield(); // Awake for long without a new step: whoever computes it may need this processor.
                    continue;
                }

                RunChunks(latest, worker);
                seen = latest;
            }
        }

        private void RunChunks(long own, int worker)
        {
            int count = (int)(own & ChunkMask);
            while (TryClaim(own, worker % count, count, out int chunk))
            {
                try
                {
                    step!.RunChunk(arena, scratch[worker].Start, chunk, count);
                }
                catch (Exception e) when (worker != 0)
                {
                    failure = e;
                }
                finally
                {
                    Interlocked.Increment(ref done);
                }
            }
        }

        /// <summary>Claims a chunk of a step, the preferred one where it is free; false once all are claimed or the next step has begun.</summary>
        private bool TryClaim(long own, int preferred, int count, out int chunk)
        {
            for (int i = 0; i < count; i++)
            {
                chunk = preferred + i < count ? preferred + i : preferred + i - count;
                long seen = Volatile.Read(ref claims[chunk]);
                if (seen < own && Interlocked.CompareExchange(ref claims[chunk], own, seen) == seen)
                {
                    return true; // A step ends when all its chunks are claimed and done: a worker that comes late finds none.
                }
            }

            chunk = 0;
            return false;
        }
    }
}
