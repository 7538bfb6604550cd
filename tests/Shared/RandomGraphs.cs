using BitAnneal.Graphs;
using BitAnneal.Graphs.Operators;

namespace BitAnneal.Tests;

/// <summary>Frozen networks of random shape, for tests that hold for every network.</summary>
internal static class RandomGraphs
{
    /// <summary>A network from a seed. All operators, widths, grids, strides, dilations and groups occur over a few hundred seeds.</summary>
    public static Graph Create(ulong seed)
    {
        var random = SeededRandom.ForStream(seed, 7);
        bool bytes = random.Next(4) != 0;
        int channels = 1 + random.Next(6), height = 3 + random.Next(8), width = 3 + random.Next(8);
        var builder = new GraphBuilder($"random{seed}").Input(
            new TensorShape(channels, height, width),
            bytes ? PixelGrid(random, random.Next(2) == 0 ? channels : 1) : null);
        var state = new State(builder, random, channels, height, width);
        for (int i = 0, n = 1 + random.Next(6); i < n; i++)
        {
            state.AddRandomNode();
        }

        if (random.Next(2) == 0)
        {
            builder.GlobalAveragePool();
        }

        builder.Flatten();
        if (random.Next(3) != 0)
        {
            builder.Quantize(RandomGrid(random, 1));
        }

        if (random.Next(5) != 0)
        {
            builder.Linear("head", 1 + random.Next(20), bias: random.Next(2) == 0);
        }

        return Frozen(builder.Build(seed), random);
    }

    /// <summary>A random input for a network that takes bytes.</summary>
    public static byte[] Bytes(Graph graph, ulong seed)
    {
        var random = SeededRandom.ForStream(seed, 8);
        return [.. Enumerable.Range(0, (int)graph.InputShape.ElementCount).Select(_ => (byte)random.Next(256))];
    }

    /// <summary>A random input for a network that takes floats.</summary>
    public static float[] Floats(Graph graph, ulong seed)
    {
        var random = SeededRandom.ForStream(seed, 9);
        return [.. Enumerable.Range(0, (int)graph.InputShape.ElementCount).Select(_ => (float)random.NextGaussian())];
    }

    /// <summary>Whether the network takes bytes.</summary>
    public static bool TakesBytes(Graph graph) => ((Input)graph.Input.Operator).Grid is not null;

    /// <summary>A random grid of 1 to 8 bits with any lowest code, scale and offset.</summary>
    public static Grid RandomGrid(SeededRandom random, int channels)
    {
        int bits = 1 + random.Next(8);
        int levels = bits == 1 ? 2 : (1 << bits) - random.Next(2); // Sometimes one level short, as symmetric grids are.
        int min = random.Next(3) switch { 0 => 0, 1 => -(levels / 2), _ => -random.Next(Math.Min(129, levels)) };
        if (min + levels - 1 > 255)
        {
            min = 0;
        }

        float[] scales = [.. Floats(random, channels, 0.01, 0.3)];
        float[] offsets = [.. Floats(random, channels, -0.5, 0.5)];
        if (random.Next(3) == 0)
        {
            Array.Clear(offsets);
        }

        return new Grid(min, min + levels - 1, scales, offsets);
    }

    private static Grid PixelGrid(SeededRandom random, int channels) =>
        new(0, 255, Floats(random, channels, 0.005, 0.02), Floats(random, channels, -2, 0));

    private static float[] Floats(SeededRandom random, int count, double min, double max) =>
        [.. Enumerable.Range(0, count).Select(_ => (float)random.NextDouble(min, max))];

    private static Graph Frozen(Graph graph, SeededRandom random)
    {
        var replaced = new Dictionary<string, GraphTensor>();
        foreach (var node in graph.Nodes)
        {
            foreach (var spec in graph.ParametersOf(node))
            {
                string name = node.Parameter(spec.Role);
                replaced[name] = spec.Kind switch
                {
                    ParameterKind.Weight when random.Next(5) != 0 => RandomCodes(random, spec.Shape),
                    ParameterKind.RunningVariance => new FloatTensor(spec.Shape, Floats(random, (int)spec.Shape.ElementCount, 0.2, 2)),
                    _ => new FloatTensor(spec.Shape, Floats(random, (int)spec.Shape.ElementCount, -1, 1)),
                };
            }
        }

        return graph.WithParameters(replaced);
    }

    private static QuantizedTensor RandomCodes(SeededRandom random, TensorShape shape)
    {
        var grid = RandomGrid(random, random.Next(2) == 0 ? 1 : shape[0]);
        int[] codes = [.. Enumerable.Range(0, (int)shape.ElementCount).Select(_ => grid.MinCode + random.Next(grid.LevelCount))];
        return QuantizedTensor.FromCodes(shape, grid, codes);
    }

    private sealed class State(GraphBuilder builder, SeededRandom random, int channels, int height, int width)
    {
        private int channels = channels, height = height, width = width, count;

        public void AddRandomNode()
        {
            count++;
            switch (random.Next(13))
            {
                case 0: case 1: case 2: case 3: Convolution(); break;
                case 4: builder.BatchNorm($"bn{count}"); break;
                case 5: builder.Relu(); break;
                case 6: builder.Relu6(); break;
                case 7: Residual(); break;
                case 8: Pooling(); break;
                case 9: builder.Quantize(RandomGrid(random, random.Next(3) == 0 ? channels : 1)); break;
                case 10: Slice(); break;
                case 11: PadImage(); break;
                default: Join(); break;
            }
        }

        private void Convolution()
        {
            if (random.Next(3) != 0)
            {
                builder.Quantize(RandomGrid(random, random.Next(5) == 0 ? channels : 1));
            }

            int groups = random.Next(3) == 0 ? Enumerable.Range(1, channels).Where(g => channels % g == 0).ElementAt(random.Next(Enumerable.Range(1, channels).Count(g => channels % g == 0))) : 1;
            int outputs = groups * (1 + random.Next(random.Next(4) == 0 ? 36 : 5));
            var kernel = new Extent(1 + random.Next(3), 1 + random.Next(3));
            var dilation = random.Next(4) == 0 ? new Extent(2, 1) : new Extent(1, 1);
            var padding = new Extent(random.Next(3), random.Next(3));
            var stride = new Extent(1 + random.Next(2), 1 + random.Next(2));
            int reachY = dilation.Y * (kernel.Y - 1) + 1, reachX = dilation.X * (kernel.X - 1) + 1;
            if (reachY > height + 2 * padding.Y || reachX > width + 2 * padding.X)
            {
                return;
            }

            builder.Conv2d($"conv{count}", outputs, kernel, stride, padding, dilation, groups, random.Next(2) == 0);
            channels = outputs;
            height = (height + 2 * padding.Y - reachY) / stride.Y + 1;
            width = (width + 2 * padding.X - reachX) / stride.X + 1;
        }

        private void Residual()
        {
            string shortcut = builder.Current;
            builder.Relu();
            builder.Add(shortcut);
        }

        private void Join()
        {
            string other = builder.Current;
            builder.Relu6();
            if (random.Next(2) == 0)
            {
                var grid = RandomGrid(random, 1); // The same for both: the result is codes too.
                string first = builder.Quantize(grid).Current;
                builder.From(other).Quantize(grid);
                other = first;
            }

            builder.Concat([other]);
            channels *= 2;
        }

        private void Pooling()
        {
            if (height < 2 || width < 2)
            {
                return;
            }

            if (random.Next(2) == 0)
            {
                builder.MaxPool(2, 2, random.Next(2));
                SetPooled(builder.Current);
            }
            else
            {
                builder.Append($"average{count}", new AveragePool(2, 1) { Padding = random.Next(2), CountIncludesPadding = random.Next(2) == 0 }, builder.Current);
                SetPooled(builder.Current);
            }
        }

        private void SetPooled(string node)
        {
            var shape = builder.Build(1).ShapeOf(node);
            (channels, height, width) = (shape[0], shape[1], shape[2]);
        }

        private void Slice()
        {
            builder.StridedSlice(2);
            (height, width) = ((height + 1) / 2, (width + 1) / 2);
        }

        private void PadImage()
        {
            builder.Pad(new Pad { ChannelsBefore = random.Next(3), ChannelsAfter = random.Next(3), Before = new Extent(random.Next(2), 0), After = new Extent(0, random.Next(2)) });
            SetPooled(builder.Current);
        }
    }
}
