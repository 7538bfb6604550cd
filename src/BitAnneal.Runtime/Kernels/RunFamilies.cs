using System.Runtime.Intrinsics.X86;
using BitAnneal.Graphs;
using BitAnneal.Runtime.Kernels.Dot;
using BitAnneal.Runtime.Kernels.Lookup;
using BitAnneal.Runtime.Planning;
using BitAnneal.Runtime.Steps;

namespace BitAnneal.Runtime.Kernels;

/// <summary>Chooses the family of kernels for a layer.</summary>
/// <param name="set">What may be used; emitted kernels only where the choice is free.</param>
internal sealed class RunFamilies(KernelSet set)
{
    private const int LeastOutputsToLookUp = 33; // Up to 32, a lookup would waste half of its lanes.
    private const int LeastGroupOutputsToLookUp = 128; // By measurement: with 64, products of bytes are as fast.
    private const int LeastOutputsOf256Bits = 17; // Up to 16, the other kernels of 256 bits compute a single panel.

    private readonly Dictionary<(int, int), RunFamily> vectorFamilies = []; // One each, so that layers share the layout of their input.

    /// <summary>What may be used.</summary>
    public KernelSet Set => set;

    /// <summary>The family for a layer.</summary>
    /// <param name="weight">Its weights.</param>
    /// <param name="activation">Grid of the input.</param>
    /// <param name="channels">Of the layer.</param>
    /// <returns>Null where none holds the sums of the layer.</returns>
    public RunFamily? Find(QuantizedTensor weight, Grid activation, ChannelGroups channels)
    {
        bool areBits = weight.Grid.Bits == 1 && activation.Bits == 1;
        if (!areBits && FindLookup(weight.Grid, activation, channels) is { } lookup && lookup.Holds(weight))
        {
            return lookup;
        }

        var words = new WordFamily(areBits ? WordRunKernels.ForBits(set, channels) : WordRunKernels.ForBytes(set, activation.LevelCount - 1, weight.Grid.Bits, channels));
        return words.Holds(weight) ? words : null;
    }

    /// <summary>
    /// The family for a layer of a single output place that reads a single pixel, or null where <see cref="Find"/> has one that is as fast. By measurement
    /// (<c>bench/README.md</c>) a vector kernel always wins but where 256 bits compute 64 outputs, of which at most 16 exist, or where there are no vectors. ARM's
    /// rule is that of 256 bits, unmeasured.
    /// </summary>
    /// <param name="weight">Grid of the weights.</param>
    /// <param name="activation">Grid of the input.</param>
    /// <param name="outputs">Output channels.</param>
    public RunFamily? FindVector(Grid weight, Grid activation, int outputs)
    {
        if (weight.Bits > 4)
        {
            return null;
        }

        int bits = weight.Bits == 3 ? 4 : weight.Bits, inputBias = activation.Bits == 8 ? VectorKernel.InputBias : 0;
        var kernel = VectorKernels.For(set, bits);
        bool pays = kernel switch
        {
            ScalarVectorKernel => set == KernelSet.Scalar,
            AvxVnniVectorKernel or Vector256VectorKernel or DotVectorKernel<ArmDotProduct> => outputs >= LeastOutputsOf256Bits,
            _ => true,
        };
        if (!pays)
        {
            return null;
        }

        if (!vectorFamilies.TryGetValue((bits, inputBias), out var family))
        {
            vectorFamilies.Add((bits, inputBias), family = new VectorFamily(kernel, inputBias));
        }

        return family;
    }

    /// <summary>Whether a depthwise layer is faster on packed bytes.</summary>
    /// <param name="layer">The layer.</param>
    public bool PacksDepthwise(LayerView layer) => set is KernelSet.Auto or KernelSet.Avx512 && PackedDepthwise.Serves(layer.Operator, layer.Weight, layer.Input);

    private LookupFamily? FindLookup(Grid weight, Grid activation, ChannelGroups channels)
    {
        // Codes of a block are interleaved for lookups, so that a slice of a pixel is whole blocks.
        bool pays = channels.Count == 1 || (channels.GroupInputs % PackedLayout.Block == 0 && channels.GroupOutputs % LeastGroupOutputsToLookUp == 0);
        return !pays ? null
            : set == KernelSet.Scalar ? weight.LevelCount is 3 or 4 && activation.LevelCount <= 4 ? LookupFamily.Scalar(weight.LevelCount, activation.LevelCount) : null
            : channels.Outputs < LeastOutputsToLookUp ? null
            : set is KernelSet.Auto or KernelSet.Avx512 && LookupFamily.IsSupported512 ? LookupFamily.Vector512(weight.LevelCount, activation.LevelCount)
            : set is KernelSet.Auto or KernelSet.Vector256 && Avx2.IsSupported ? LookupFamily.Vector256(weight.LevelCount, activation.LevelCount)
            : null;
    }
}
