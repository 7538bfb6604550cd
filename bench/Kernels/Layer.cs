using System.Runtime.InteropServices;
using BitAnneal.Runtime.Kernels;

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

    /// <summary>The sums of the whole layer by a kernel, without what follows them. Codes are random.</summary>
    public Candidate With(WordRunKernel kernel, string name)
    {
        int pixelBytes = Math.Max(Inputs * kernel.CodeBits / 8, WordRunKernel.GroupBytes), rowBytes = (Side + Kernel - 1) * pixelBytes;
        int runLength = Kernel * pixelBytes / WordRunKernel.GroupBytes, panels = (Outputs + kernel.Channels - 1) / kernel.Channels;
        nint panelBytes = Kernel * runLength * kernel.Channels * WordRunKernel.GroupBytes;
        int tiles = (Side * Side + kernel.Places - 1) / kernel.Places;
        byte* input = Memory((Side + Kernel - 1) * rowBytes), weights = Memory((int)panelBytes * panels);
        int* places = (int*)Memory(tiles * kernel.Places * sizeof(int)), runs = (int*)Memory(Kernel * sizeof(int)), sums = (int*)Memory(kernel.Places * kernel.Channels * sizeof(int));
        for (int i = 0; i < tiles * kernel.Places; i++)
        {
            int pixel = Math.Min(i, Side * Side - 1);
            places[i] = pixel / Side * rowBytes + pixel % Side * pixelBytes;
        }

        for (int y = 0; y < Kernel; y++)
        {
            runs[y] = y * rowBytes;
        }

        return new Candidate(name, Operations, () =>
        {
            var tile = new RunTile { Input = input, Runs = runs, RunCount = Kernel, RunLength = runLength, Sums = sums };
            for (int panel = 0; panel < panels; panel++)
            {
                tile.Panel = weights + panel * panelBytes;
                for (int t = 0; t < tiles; t++)
                {
                    tile.Places = places + t * kernel.Places;
                    kernel.Run(in tile);
                }
            }
        });
    }

    private static byte* Memory(int bytes)
    {
        byte* memory = (byte*)NativeMemory.AlignedAlloc((nuint)bytes, Alignment);
        new Random(1).NextBytes(new Span<byte>(memory, bytes));
        return memory;
    }
}
