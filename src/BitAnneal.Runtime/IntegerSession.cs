using BitAnneal.Graphs;
using BitAnneal.Onnx;
using BitAnneal.Runtime.Kernels;
using BitAnneal.Runtime.Planning;
using BitAnneal.Runtime.Threads;

namespace BitAnneal.Runtime;

/// <summary>
/// Runs a frozen graph on integers, bit for bit as <c>docs/semantics.md</c> defines. Planned once; a run allocates nothing.
/// </summary>
/// <remarks>
/// A session serves one thread at a time: it has one working memory. A run, a batch or a profile that begins while another thread is inside one throws
/// <see cref="InvalidOperationException"/> and disturbs nothing; the other thread's answer stays right. Threads that want to work at the same time take a
/// <see cref="Clone"/> each: own working memory and own workers over the same weights, and the same bits. A session may move from one thread to
/// another between runs, and its properties, <see cref="Explain"/> and <see cref="Clone"/> may be used at any time.
/// A session keeps its own packed weights and nothing of the graph, which the caller may let go.
/// </remarks>
/// <example><code>
/// var session = IntegerSession.Load("model.onnx");
/// float[] logits = new float[session.OutputShape.ElementCount];
/// session.Run(imageBytes, logits);
/// </code></example>
public sealed unsafe class IntegerSession
{
    private readonly SessionPlan plan;
    private readonly SessionOptions options;
    private readonly PinnedBytes memory;
    private readonly byte* arena;
    private WorkerPool? pool;
    private IntegerSession[] others = []; // For batches: one for every further thread.
    private int running;

    private IntegerSession(SessionPlan plan, SessionOptions options)
    {
        this.plan = plan;
        this.options = options;
        Warnings = [.. plan.Steps.Where(s => s.Warning is not null).Select(s => $"{s.Node}: {s.Warning}")];
        memory = new PinnedBytes(checked((int)plan.ArenaBytes));
        arena = memory.Start;
    }

    /// <summary>Name of the network.</summary>
    public string Name => plan.Name;

    /// <summary>Shape of the input.</summary>
    public TensorShape InputShape => plan.InputShape;

    /// <summary>What the bytes of an image mean; null for a network that takes floats.</summary>
    public Grid? InputGrid => plan.Input.Grid;

    /// <summary>Shape of the output.</summary>
    public TensorShape OutputShape => plan.OutputShape;

    /// <summary>Working memory of one thread in bytes, without weights.</summary>
    public long WorkingBytes => plan.ArenaBytes;

    /// <summary>
    /// One line for every layer of codes that no kernel is made for, so that it runs in a general and slow way: its node, what it is, why, and what would help.
    /// The answers are the same bits. Layers whose weights or activations are real by design are not among them.
    /// </summary>
    public IReadOnlyList<string> Warnings { get; }

    /// <summary>Reads a file that BitAnneal wrote and plans its network.</summary>
    /// <param name="path">The <c>.onnx</c> file.</param>
    /// <param name="options">Threads and kernels.</param>
    /// <exception cref="BitAnnealException">The file is missing, damaged or not ours, or as for <see cref="Create"/>.</exception>
    public static IntegerSession Load(string path, SessionOptions? options = null) => Create(OnnxImporter.Import(path), options);

    /// <summary>Plans a network.</summary>
    /// <param name="graph">Frozen: every Quantize node has a grid.</param>
    /// <param name="options">Threads and kernels.</param>
    /// <exception cref="GraphException">A node cannot be run; the message names it and the reason.</exception>
    /// <exception cref="BitAnnealException">The kernel asked for is unknown or not supported here, or the network needs too much memory.</exception>
    public static IntegerSession Create(Graph graph, SessionOptions? options = null)
    {
        options ??= new SessionOptions();
        if (options.Threads < 1)
        {
            throw new BitAnnealException($"{options.Threads} threads; at least 1 is needed");
        }

        if (!BitConverter.IsLittleEndian)
        {
            throw new BitAnnealException("the integer engine needs a little-endian processor");
        }

        return new IntegerSession(Plan(graph, options), options);
    }

    private static SessionPlan Plan(Graph graph, SessionOptions options)
    {
        try
        {
            return SessionPlanner.Plan(graph, options.Kernel);
        }
        catch (OverflowException)
        {
            throw new BitAnnealException($"{graph.Name} has a layer whose tables pass 2 GiB");
        }
    }

    /// <summary>A session for another thread: same weights, own working memory.</summary>
    public IntegerSession Clone() => new(plan, options);

    /// <summary>Runs one image.</summary>
    /// <param name="image">Planar bytes, C × H × W. The network must take bytes: see <see cref="InputGrid"/>.</param>
    /// <param name="output">Receives the output, row-major.</param>
    /// <exception cref="ArgumentException">A length is wrong, or the input wants floats.</exception>
    /// <exception cref="InvalidOperationException">Another thread is using the session.</exception>
    public void Run(ReadOnlySpan<byte> image, Span<float> output) => Run(image, output, null);

    /// <summary>Runs one float input.</summary>
    /// <param name="input">Row-major, C × H × W. The network must take floats: see <see cref="InputGrid"/>.</param>
    /// <param name="output">Receives the output, row-major.</param>
    /// <exception cref="ArgumentException">A length is wrong, or the input wants bytes.</exception>
    /// <exception cref="InvalidOperationException">Another thread is using the session.</exception>
    public void Run(ReadOnlySpan<float> input, Span<float> output) => Run(input, output, null);

    /// <summary>Runs many images, on as many threads as the options say. Every image gives the bits it would give alone.</summary>
    /// <param name="images">Planar bytes, one image after another.</param>
    /// <param name="outputs">Receives the outputs, one after another.</param>
    /// <exception cref="ArgumentException">The lengths do not fit whole images, or the input wants floats.</exception>
    /// <exception cref="InvalidOperationException">Another thread is using the session.</exception>
    public void RunBatch(ReadOnlyMemory<byte> images, Memory<float> outputs)
    {
        CheckKind(images.Length, isBytes: true);
        int size = (int)InputShape.ElementCount, length = (int)OutputShape.ElementCount, count = images.Length / size;
        if (count * size != images.Length || count * length != outputs.Length)
        {
            throw new ArgumentException(
                $"{Name} runs images of {InputShape} ({size} bytes) to outputs of {OutputShape} ({length} floats); {images.Length} bytes and {outputs.Length} outputs are no whole number of both");
        }

        int workers = Math.Clamp(options.Threads, 1, Math.Max(1, count));
        if (workers == 1)
        {
            for (int i = 0; i < count; i++)
            {
                Run(images.Span.Slice(i * size, size), outputs.Span.Slice(i * length, length));
            }

            return;
        }

        Enter();
        try
        {
            if (others.Length < workers)
            {
                others = [.. Enumerable.Range(0, workers).Select(_ => new IntegerSession(plan, options with { Threads = 1 }))];
            }

            Parallel.For(0, workers, new ParallelOptions { MaxDegreeOfParallelism = workers }, worker =>
            {
                for (int i = (int)((long)count * worker / workers); i < (int)((long)count * (worker + 1) / workers); i++)
                {
                    others[worker].Run(images.Span.Slice(i * size, size), outputs.Span.Slice(i * length, length));
                }
            });
        }
        finally
        {
            Leave();
        }
    }

    /// <summary>How every step is carried out, in order.</summary>
    public IReadOnlyList<LayerPlan> Explain() => [.. plan.Steps.Select(s => new LayerPlan(s.Node, s.Description, s.WeightBytes, s.Warning))];

    /// <summary>Times every step on one image: the median of several runs. The code should be warm.</summary>
    /// <param name="image">As for <see cref="Run(ReadOnlySpan{byte}, Span{float})"/>.</param>
    /// <param name="repetitions">Runs, at least 1.</param>
    public IReadOnlyList<StepTime> Profile(ReadOnlySpan<byte> image, int repetitions)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(repetitions, 1);
        float[] output = new float[OutputShape.ElementCount];
        var clock = new StepClock();
        for (int i = 0; i < repetitions; i++)
        {
            Run(image, output, clock);
        }

        return clock.Medians(Explain());
    }

    /// <summary>The same for a float input.</summary>
    /// <param name="input">As for <see cref="Run(ReadOnlySpan{float}, Span{float})"/>.</param>
    /// <param name="repetitions">Runs, at least 1.</param>
    public IReadOnlyList<StepTime> Profile(ReadOnlySpan<float> input, int repetitions)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(repetitions, 1);
        float[] output = new float[OutputShape.ElementCount];
        var clock = new StepClock();
        for (int i = 0; i < repetitions; i++)
        {
            Run(input, output, clock);
        }

        return clock.Medians(Explain());
    }

    private void Run(ReadOnlySpan<byte> image, Span<float> output, StepClock? clock)
    {
        Check(image.Length, output.Length, isBytes: true);
        Enter();
        try
        {
            image.CopyTo(new Span<byte>(((ImageSlot)plan.Input).Bytes(arena), image.Length));
            RunSteps(output, clock);
        }
        finally
        {
            Leave();
        }
    }

    private void Run(ReadOnlySpan<float> input, Span<float> output, StepClock? clock)
    {
        Check(input.Length, output.Length, isBytes: false);
        Enter();
        try
        {
            var slot = plan.Input;
            float* reals = slot.Reals(arena);
            for (int c = 0; c < slot.Channels; c++)
            {
                for (int i = 0; i < slot.Pixels; i++)
                {
                    reals[i * slot.PixelStride + c] = input[c * slot.Pixels + i];
                }
            }

            RunSteps(output, clock);
        }
        finally
        {
            Leave();
        }
    }

    private void RunSteps(Span<float> output, StepClock? clock)
    {
        int threads = Math.Min(options.Threads, Environment.ProcessorCount); // More would take turns in waiting for each other.
        if (threads > 1)
        {
            pool ??= new WorkerPool(threads, plan.ScratchBytes);
        }

        clock?.Start();
        pool?.Begin();
        try
        {
            foreach (var step in plan.Steps)
            {
                if (pool is null)
                {
                    step.Run(arena);
                }
                else
                {
                    pool.Run(step, arena);
                }

                clock?.Mark();
            }
        }
        finally
        {
            pool?.End();
        }

        Copy(plan.Output, plan.Output.Reals(arena), output);
        GC.KeepAlive(memory);
    }

    private static void Copy(Slot slot, float* reals, Span<float> output)
    {
        if (slot.Pixels == 1)
        {
            new ReadOnlySpan<float>(reals, slot.Channels).CopyTo(output);
            return;
        }

        for (int c = 0; c < slot.Channels; c++)
        {
            for (int i = 0; i < slot.Pixels; i++)
            {
                output[c * slot.Pixels + i] = reals[i * slot.PixelStride + c];
            }
        }
    }

    private void Enter()
    {
        if (Interlocked.Exchange(ref running, 1) != 0)
        {
            throw new InvalidOperationException("a session serves one thread at a time; give each thread its own Clone()");
        }
    }

    private void Leave() => Volatile.Write(ref running, 0);

    private void Check(int inputs, int outputs, bool isBytes)
    {
        CheckKind(inputs, isBytes);
        if (inputs != InputShape.ElementCount || outputs != OutputShape.ElementCount)
        {
            throw new ArgumentException(
                $"{Name} runs {InputShape} ({InputShape.ElementCount} {Kind(isBytes)}) to {OutputShape} ({OutputShape.ElementCount} floats), not {inputs} to {outputs}");
        }
    }

    private void CheckKind(int inputs, bool isBytes)
    {
        bool takesBytes = InputGrid is not null;
        if (takesBytes != isBytes)
        {
            throw new ArgumentException($"{Name} takes {InputShape} {Kind(takesBytes)}, not {inputs} {Kind(isBytes)}");
        }
    }

    private static string Kind(bool isBytes) => isBytes ? "bytes" : "floats";
}
