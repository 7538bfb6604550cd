using BitAnneal.Graphs;
using BitAnneal.Graphs.Operators;
using BitAnneal.Tests;

namespace BitAnneal.Fuzz;

/// <summary>Networks of a few nodes whose sizes lie where products of two or three of them wrap around.</summary>
internal sealed class GiantTarget : NetworkTarget
{
    private const long MostWeights = 1 << 20;

    public override Outcome Try(ulong seed)
    {
        var random = SeededRandom.ForStream(seed, 21);
        Graph? graph = null;
        try
        {
            return Read(0, () => graph = Create(random, seed)) == Outcome.Refused ? Outcome.Refused : Run(graph!, seed);
        }
        catch (ArgumentOutOfRangeException e) when (e.ParamName == "dimensions")
        {
            return Outcome.Refused; // A shape says so to its caller; readers of files turn it into their own words.
        }
    }

    private static Graph Create(SeededRandom random, ulong seed)
    {
        int channels = 1 + random.Next(3);
        var grid = RandomGraphs.RandomGrid(random, 1);
        var builder = new GraphBuilder("giant").Input(new TensorShape(channels, Size(random), Size(random)), random.Next(2) == 0 ? Grid.Uniform(8, 0.01f, 0) : null);
        for (int i = 0, n = 1 + random.Next(3); i < n; i++)
        {
            var kernel = new Extent(Size(random), Size(random));
            var padding = new Extent(Size(random), Size(random));
            switch (random.Next(5))
            {
                case 0: builder.MaxPool(kernel, Stride(random), padding); break;
                case 1: builder.AveragePool(kernel, Stride(random), padding); break;
                case 2: builder.Pad(new Pad { Before = padding, After = new Extent(Size(random), 0) }); break;
                default:
                    int outputs = 1 + random.Next(40);
                    if ((long)kernel.Y * kernel.X * channels * outputs < MostWeights)
                    {
                        builder.Quantize(grid).Conv2d($"conv{i}", outputs, kernel, Stride(random), padding, new Extent(1, 1 + random.Next(2)), 1, bias: true);
                        channels = outputs;
                    }

                    break;
            }
        }

        var graph = builder.Build(seed);
        return graph.WithParameters(graph.Parameters.Where(p => p.Value.Shape.Rank == 4).Select(p => KeyValuePair.Create(p.Key, (GraphTensor)QuantizedTensor.FromCodes(
            p.Value.Shape, grid, [.. Enumerable.Range(0, (int)p.Value.Shape.ElementCount).Select(_ => grid.MinCode + random.Next(grid.LevelCount))]))));
    }

    private static Extent Stride(SeededRandom random) => new(Size(random), Size(random));

    // Most sizes are small, so that some networks fit together.
    private static int Size(SeededRandom random) => random.Next(3) != 0 ? 1 + random.Next(9) : 1 << random.Next(31) | random.Next(3);
}
