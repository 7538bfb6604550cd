using System.Runtime.InteropServices;
using BitAnneal.Graphs;
using BitAnneal.Runtime.Kernels;
using BitAnneal.Runtime.Planning;

namespace BitAnneal.Bench;

/// <summary>A 3 × 3 convolution with stride 1 that keeps the size.</summary>
/// <param name="Inputs">Input channels.</param>
/// <param name="Outputs">Output channels.</param>
/// <param name="Side">Height and width.</param>
internal sealed unsafe record Layer(int Inputs, int Outputs, int Side)
{
    private const int Kernel = 3, Alignment = 64;

    /// <summary>The layers of ResNet-18 for CIFAR that repeat, and the first of ResNet-20.</summary>
    public static IReadOnlyList<Layer> All { get; } = [new(64, 64, 32), new(128, 128, 16), new(256, 256, 8), new(512, 512, 4), new(16, 16, 32), new(32, 32, 16)];

    /// <summary>Multiplications and additions.</summary>
    public double Operations => 2.0 * Kernel * Kernel * Inputs * Outputs * Side * Side;

    /// <inheritdoc/>
    public override string ToString() => $"{Inputs} to {Outputs}, {Side} x {Side}";

    /// <summary>The sums of the whole layer by the kernel that a family chooses, without what follows them. Codes are random.</summary>
    /// <param name="family">The kernels.</param>
    /// <param name="levels">Levels of the activations.</param>
    /// <param name="codes">Widths, for the name.</param>
    /// <param name="weightBits">Width of the weights, where it matters how large they are.</param>
    public Candidate With(RunFamily family, int levels, string codes, int weightBits = 1)
    {
        var (layout, kernel) = (family.Layout, family.Choose((Outputs + family.PanelChannels - 1) / family.PanelChannels, new LayerShape(Side, 1, Kernel)));
        int groups = layout.Groups(Inputs), pixelBytes = groups * layout.GroupBytes, width = Side + Kernel - 1, rowBytes = width * pixelBytes;
        int calls = (Outputs + kernel.Channels - 1) / kernel.Channels, perCall = kernel.Channels / family.PanelChannels;
        nint panelBytes = Kernel * Kernel * groups / family.LaneGroups * family.PanelChannels * family.LaneBytes;
        int tiles = (Side * Side + kernel.Places - 1) / kernel.Places;
        byte* input = Memory(width * rowBytes), weights = Memory((int)panelBytes * calls * perCall);
        int* places = (int*)Memory(tiles * kernel.Places * sizeof(int)), runs = (int*)Memory(Kernel * sizeof(int)), sums = (int*)Memory(kernel.Places * kernel.Channels * sizeof(int));
        ushort* begin = (ushort*)Memory(calls * kernel.Channels * sizeof(ushort)); // Any: what sums start at takes no time.
        int steps = family.Steps(Weights(weightBits), Kernel, kernel);
        Fill(layout, levels, input, pixelBytes, width * width);
        for (int i = 0; i < tiles * kernel.Places; i++)
        {
            int pixel = Math.Min(i, Side * Side - 1);
            places[i] = pixel / Side * rowBytes + pixel % Side * pixelBytes;
        }

        for (int y = 0; y < Kernel; y++)
        {
            runs[y] = y * rowBytes;
        }

        return new Candidate($"{kernel.Name} {codes}", Operations, () =>
        {
            var tile = new RunTile { Input = input, Runs = runs, RunCount = Kernel, RunLength = Kernel * groups, Steps = steps, Sums = sums, PanelStep = panelBytes };
            for (int call = 0; call < calls; call++)
            {
                tile.Begin = begin + call * kernel.Channels;
                tile.Panel = weights + call * perCall * panelBytes;
                for (int t = 0; t < tiles; t++)
                {
                    tile.Places = places + t * kernel.Places;
                    kernel.Run(in tile);
                }
            }
        });
    }

    private QuantizedTensor Weights(int bits)
    {
        var random = new Random(1);
        var shape = new TensorShape(Outputs, Inputs, Kernel, Kernel);
        return QuantizedTensor.FromCodes(shape, Grid.Uniform(bits, 1, 0), [.. Enumerable.Range(0, (int)shape.ElementCount).Select(_ => random.Next(1 << bits))]);
    }

    private void Fill(PackedLayout layout, int levels, byte* target, int pixelBytes, int pixels)
    {
        var random = new Random(1);
        byte* codes = stackalloc byte[PackedLayout.Block];
        for (int i = 0; i < pixels; i++)
        {
            for (int first = 0, group = 0; first < Inputs; first += PackedLayout.Block)
            {
                int channels = Math.Min(PackedLayout.Block, Inputs - first), offset = i * pixelBytes + group * layout.GroupBytes;
                for (int c = 0; c < channels; c++)
                {
                    codes[c] = (byte)random.Next(levels);
                }

                layout.Pack(codes, PackedLayout.Block, 1, channels, target, &offset);
                group += layout.BlockGroups(channels);
            }
        }
    }

    private static byte* Memory(int bytes)
    {
        byte* memory = (byte*)NativeMemory.AlignedAlloc((nuint)(bytes + Alignment), Alignment); // Layouts may read beyond the end.
        new Random(1).NextBytes(new Span<byte>(memory, bytes));
        return memory;
    }
}
