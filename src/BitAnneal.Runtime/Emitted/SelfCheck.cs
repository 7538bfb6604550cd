using BitAnneal.Graphs;
using BitAnneal.Runtime.Kernels;

namespace BitAnneal.Runtime.Emitted;

/// <summary>Compares every emitted function with plain loops before any result depends on it.</summary>
internal static unsafe class SelfCheck
{
    private const int Tiles = 2, Runs = 2, Words = 2, InputBytes = 512; // As few as run every loop twice: a program that answers one image waits for this.

    /// <summary>What is wrong, or null.</summary>
    public static string? Fault(EmittedKernels kernels)
    {
        foreach (var shape in EmittedShape.All)
        {
            if (!Agrees(kernels.Address(shape.Dot), new ScalarRunKernel(shape.Places, shape.Channels, weightBias: 128)))
            {
                return $"the self check of {shape.Dot} failed";
            }

            if (!Agrees(kernels.Address(shape.CommonBits), new ScalarRunKernel(shape.Places, shape.Channels, codeBits: 1)))
            {
                return $"the self check of {shape.CommonBits} failed";
            }

            foreach (int bits in new[] { 1, 2, 4 })
            {
                if (!Agrees(kernels.Address(shape.Packed(bits)), new ScalarRunKernel(shape.Places, shape.Channels, weightBits: bits)))
                {
                    return $"the self check of {shape.Packed(bits)} failed";
                }
            }
        }

        foreach (int bits in new[] { 1, 2, 4 })
        {
            if (!Agrees(kernels.Address(VectorEmitter.Function(bits)), new ScalarVectorKernel(bits)))
            {
                return $"the self check of {VectorEmitter.Function(bits)} failed";
            }
        }

        return null;
    }

    /// <summary>Whether a function over runs gives the sums of the reference, or is 0.</summary>
    internal static bool Agrees(nint function, ScalarRunKernel reference)
    {
        if (function == 0)
        {
            return true; // Not emitted on this processor.
        }

        var random = SeededRandom.ForStream(1, 0);
        byte[] input = Bytes(random, InputBytes), panel = Bytes(random, Runs * Words * reference.Channels * WordRunKernel.GroupBytes);
        int[] expected = new int[Tiles * reference.Places * reference.Channels], actual = new int[expected.Length];
        int[] places = [.. Enumerable.Range(0, Tiles * reference.Places).Select(_ => random.Next(64))], runs = [40, 0];
        fixed (byte* inputStart = input, panelStart = panel)
        fixed (int* placesStart = places, runsStart = runs, expectedStart = expected, actualStart = actual)
        {
            var tile = new RunTile { Input = inputStart, Places = placesStart, Runs = runsStart, RunCount = Runs, RunLength = Words * reference.LaneGroups, Panel = panelStart, Sums = expectedStart };
            var first = tile;
            reference.Run(ref tile, Tiles);
            first.Sums = actualStart;
            var arguments = new RunArguments(in first, Tiles, reference.LaneGroups, reference.WeightMask);
            ((delegate* unmanaged[SuppressGCTransition]<RunArguments*, void>)function)(&arguments);
        }

        return expected.AsSpan().SequenceEqual(actual);
    }

    /// <summary>Whether a function for a matrix times a vector gives the sums of the reference, or is 0.</summary>
    internal static bool Agrees(nint function, ScalarVectorKernel reference)
    {
        if (function == 0)
        {
            return true; // Not emitted on this processor.
        }

        const int Blocks = 5;
        var random = SeededRandom.ForStream(2, 0);
        byte[] input = Bytes(random, Blocks * reference.BlockCodes), panel = Bytes(random, Blocks * VectorKernel.BlockBytes);
        int[] expected = new int[VectorKernel.Channels], actual = new int[VectorKernel.Channels];
        fixed (byte* inputStart = input, panelStart = panel)
        fixed (int* expectedStart = expected, actualStart = actual)
        {
            var tile = new VectorTile { Input = (sbyte*)inputStart, Blocks = Blocks, Panel = panelStart, Sums = expectedStart };
            reference.Run(in tile);
            tile.Sums = actualStart;
            var arguments = new VectorArguments(in tile, reference.Bits);
            ((delegate* unmanaged[SuppressGCTransition]<VectorArguments*, void>)function)(&arguments);
        }

        return expected.AsSpan().SequenceEqual(actual);
    }

    private static byte[] Bytes(SeededRandom random, int count) => [.. Enumerable.Range(0, count).Select(_ => (byte)random.Next(256))];
}
