using BitAnneal.Runtime.Kernels;
using BitAnneal.Runtime.Steps;

namespace BitAnneal.Runtime.Threads;

/// <summary>
/// Runs the steps of a session on several threads. A step is cut into chunks, which the caller and its workers claim one by one; a worker that the system
/// does not let run claims nothing, so that threads in excess of processors cost little. Workers look for work for a moment, then sleep.
/// </summary>
internal sealed unsafe class WorkerPool
{
    private const int SpinsBeforeSleep = 1000; // Some 20 microseconds.

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
        int chunks = step.Chunks(state.Threads);
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

    /// <summary>What the caller and the workers share.</summary>
    private sealed class State(int threads, int scratchBytes)
    {
        private readonly PinnedBytes[] scratch = [.. Enumerable.Range(0, threads).Select(_ => new PinnedBytes(scratchBytes))];
        private Step? step;
        private byte* arena;
        private int chunks, done;
        private long ticket; // Number of the step in the upper half, next chunk in the lower.
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
            (step, chunks, failure) = (next, count, null);
            arena = memory;
            Volatile.Write(ref done, 0);
            uint number = (uint)(Volatile.Read(ref ticket) >> 32) + 1;
            Volatile.Write(ref ticket, (long)number << 32);
            RunChunks(number, 0);
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
            uint seen = 0;
            while (!Volatile.Read(ref isStopped))
            {
                uint number = seen;
                for (int i = 0; i < SpinsBeforeSleep && number == seen; i++)
                {
                    Thread.SpinWait(1);
                    number = (uint)(Volatile.Read(ref ticket) >> 32);
                }

                if (number == seen)
                {
                    Awake.Wait();
                    Thread.Yield(); // Awake for long without a new step: whoever computes it may need this processor.
                    continue;
                }

                RunChunks(number, worker);
                seen = number;
            }
        }

        private void RunChunks(uint number, int worker)
        {
            while (TryClaim(number, out int chunk))
            {
                try
                {
                    step!.RunChunk(arena, scratch[worker].Start, chunk, chunks);
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

        /// <summary>Claims a chunk of a step; false once all are claimed or the next step has begun.</summary>
        private bool TryClaim(uint number, out int chunk)
        {
            while (true)
            {
                long seen = Volatile.Read(ref ticket);
                chunk = (int)(uint)seen;
                if ((uint)(seen >> 32) != number || chunk >= Volatile.Read(ref chunks))
                {
                    return false;
                }

                if (Interlocked.CompareExchange(ref ticket, seen + 1, seen) == seen)
                {
                    return true;
                }
            }
        }
    }
}
