using BitAnneal.Graphs;
using Microsoft.ML.OnnxRuntime;

namespace BitAnneal.Cli.Commands.Bench.Ort;

/// <summary>A network in ONNX Runtime, with input and output bound once so that a run costs nothing but itself.</summary>
internal sealed class OrtNetwork : IDisposable
{
    private readonly InferenceSession session;
    private readonly OrtValue input, output;
    private readonly OrtIoBinding binding;
    private readonly RunOptions options = new();
    private readonly float[] results;

    /// <summary>Loads a model with a float input and a float output, both with a leading batch axis <c>N</c>.</summary>
    /// <param name="model">Content of the <c>.onnx</c> file.</param>
    /// <param name="graph">What it was written from.</param>
    /// <param name="image">The input, once per image of the batch.</param>
    /// <param name="batch">Images per run.</param>
    /// <param name="threads">Threads within an operator.</param>
    /// <param name="optimized">Where to write the optimised model, to see what was fused; null: nowhere.</param>
    /// <exception cref="BitAnnealException">The native library is missing or cannot be loaded, or it refuses the model.</exception>
    public OrtNetwork(byte[] model, Graph graph, float[] image, int batch, int threads, string? optimized = null)
    {
        results = new float[batch * graph.OutputShape.ElementCount];
        session = Guard(() =>
        {
            using var sessionOptions = new SessionOptions
            {
                IntraOpNumThreads = threads,
                InterOpNumThreads = 1,
                ExecutionMode = ExecutionMode.ORT_SEQUENTIAL,
                GraphOptimizationLevel = GraphOptimizationLevel.ORT_ENABLE_ALL,
                LogSeverityLevel = OrtLoggingLevel.ORT_LOGGING_LEVEL_ERROR,
            };
            sessionOptions.AddFreeDimensionOverrideByName("N", batch);
            if (optimized is not null)
            {
                sessionOptions.OptimizedModelFilePath = optimized;
            }

            return new InferenceSession(model, sessionOptions);
        });
        float[] images = [.. Enumerable.Repeat(image, batch).SelectMany(i => i)];
        input = OrtValue.CreateTensorValueFromMemory(images, [batch, .. graph.InputShape.Dimensions.Select(d => (long)d)]);
        output = OrtValue.CreateTensorValueFromMemory(results, [batch, .. graph.OutputShape.Dimensions.Select(d => (long)d)]);
        binding = session.CreateIoBinding();
        binding.BindInput(session.InputNames[0], input);
        binding.BindOutput(session.OutputNames[0], output);
    }

    /// <summary>Version of the library.</summary>
    /// <exception cref="BitAnnealException">It cannot be loaded.</exception>
    public static string Version => Guard(() => OrtEnv.Instance().GetVersionString());

    /// <summary>Runs the batch.</summary>
    /// <returns>The output, valid until the next run.</returns>
    public float[] Run()
    {
        session.RunWithBinding(options, binding);
        return results;
    }

    public void Dispose()
    {
        binding.Dispose();
        input.Dispose();
        output.Dispose();
        options.Dispose();
        session.Dispose();
    }

    /// <summary>Turns what a missing library or a refused model throws into one clear line.</summary>
    internal static T Guard<T>(Func<T> work)
    {
        try
        {
            return work();
        }
        catch (Exception e) when (e is TypeInitializationException or DllNotFoundException or EntryPointNotFoundException or BadImageFormatException)
        {
            string reason = e is TypeInitializationException { InnerException: { } inner } ? inner.Message : e.Message;
            throw new BitAnnealException($"ONNX Runtime cannot be loaded: {reason}; run without --against ort", e);
        }
        catch (OnnxRuntimeException e)
        {
            throw new BitAnnealException($"ONNX Runtime refuses the network: {e.Message}", e);
        }
    }
}
