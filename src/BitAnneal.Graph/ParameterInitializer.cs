using BitAnneal.Graphs.Operators;

namespace BitAnneal.Graphs;

/// <summary>
/// Start values: weights from the normal distribution of He et al. 2015, standard deviation sqrt(2 / fan-in); biases and
/// running means 0; gains and running variances 1.
/// </summary>
public static class ParameterInitializer
{
    /// <summary>Draws the parameters of a network. Each has a random stream of its own, so that adding one leaves the others alone.</summary>
    public static Dictionary<string, GraphTensor> Draw(IEnumerable<(string Name, ParameterSpec Spec)> specs, ulong seed)
    {
        var drawn = new Dictionary<string, GraphTensor>(StringComparer.Ordinal);
        foreach (var (name, spec) in specs)
        {
            drawn[name] = spec.Kind switch
            {
                ParameterKind.Weight => HeNormal(spec.Shape, SeededRandom.ForStream(seed, StableHash(name))),
                ParameterKind.Gain or ParameterKind.RunningVariance => FloatTensor.Filled(spec.Shape, 1),
                _ => FloatTensor.Filled(spec.Shape, 0),
            };
        }

        return drawn;
    }

    private static FloatTensor HeNormal(TensorShape shape, SeededRandom random)
    {
        double deviation = Math.Sqrt(2.0 * shape[0] / shape.ElementCount);
        float[] values = new float[shape.ElementCount];
        for (int i = 0; i < values.Length; i++)
        {
            values[i] = (float)(deviation * random.NextGaussian());
        }

        return new FloatTensor(shape, values);
    }

    /// <summary>FNV-1a: the runtime's string hash differs from process to process.</summary>
    private static ulong StableHash(string text) =>
        text.Aggregate(14695981039346656037UL, (hash, c) => (hash ^ c) * 1099511628211UL);
}
