using BitAnneal.Graphs;

namespace BitAnneal.Runtime.Kernels;

/// <summary>
/// Weights of a convolution of reals in the order in which <see cref="RealKernel"/> takes them, cut into blocks of up to 32 output channels that read the
/// same input channels. Element k of a block belongs to kernel place k / I and input channel k % I.
/// </summary>
internal sealed class RealWeights
{
    private const int Lanes = RealTile.Lanes;

    /// <summary>Cuts and packs.</summary>
    /// <param name="weight">O × I × Ky × Kx, codes or floats.</param>
    /// <param name="bias">Per output channel.</param>
    /// <param name="groups">Groups of the convolution.</param>
    public RealWeights(GraphTensor weight, float[]? bias, int groups)
    {
        int outputs = weight.Shape[0], inputs = weight.Shape[1], taps = weight.Shape[2] * weight.Shape[3];
        IsDepthwise = groups > 1 && groups == outputs && inputs == 1;
        int perGroup = IsDepthwise ? outputs : outputs / groups, most = IsDepthwise ? Lanes : 2 * Lanes;
        float[] floats = weight is FloatTensor ? weight.ToFloats() : [];
        var blocks = new List<Block>();
        for (int first = 0; first < outputs; first += blocks[^1].Outputs)
        {
            int Index(int k, int lane) => ((first + lane) * inputs + k % inputs) * taps + k / inputs;
            int count = Math.Min(most, perGroup - first % perGroup), firstInput = IsDepthwise ? first : first / perGroup * inputs;
            var block = new Block(first, count, firstInput, bias);
            if (weight is QuantizedTensor codes)
            {
                block.Pack(codes.Grid, taps * inputs, (k, lane) => codes.Codes[Index(k, lane)]);
            }
            else
            {
                block.Spread(taps * inputs, (k, lane) => floats[Index(k, lane)]);
            }

            blocks.Add(block);
        }

        Blocks = [.. blocks];
    }

    public Block[] Blocks { get; }

    /// <summary>Whether every output channel reads one input channel of its own.</summary>
    public bool IsDepthwise { get; }

    /// <summary>Bytes held, without biases.</summary>
    public long ByteCount => Blocks.Sum(b => b.ByteCount);

    /// <summary>Up to 32 output channels.</summary>
    internal sealed unsafe class Block
    {
        private readonly PinnedBytes bias;
        private PackedLanes[] packed = [];
        private PinnedBytes? floats;

        public Block(int firstOutput, int outputs, int firstInput, float[]? biases)
        {
            (FirstOutput, Outputs, FirstInput, Vectors) = (firstOutput, outputs, firstInput, (outputs + Lanes - 1) / Lanes);
            bias = new PinnedBytes(Vectors * Lanes * sizeof(float));
            for (int lane = 0; biases is not null && lane < outputs; lane++)
            {
                ((float*)bias.Start)[lane] = biases[firstOutput + lane];
            }
        }

        public int FirstOutput { get; }

        public int Outputs { get; }

        public int FirstInput { get; }

        /// <summary>Vectors of 16 output channels: 1 or 2.</summary>
        public int Vectors { get; }

        /// <summary>Zero where there is none.</summary>
        public float* Bias => (float*)bias.Start;

        public long ByteCount { get; private set; }

        public void Pack(Grid grid, int elements, Func<int, int, int> code)
        {
            packed = [.. Enumerable.Range(0, Vectors).Select(v =>
                new PackedLanes(grid, FirstOutput + v * Lanes, Math.Min(Lanes, Outputs - v * Lanes), elements, (k, lane) => code(k, v * Lanes + lane)))];
            ByteCount = packed.Sum(p => p.ByteCount);
        }

        public void Spread(int elements, Func<int, int, float> value)
        {
            floats = new PinnedBytes(checked(elements * Vectors * Lanes * sizeof(float)));
            ByteCount = (long)elements * Vectors * Lanes * sizeof(float);
            for (int k = 0; k < elements; k++)
            {
                for (int lane = 0; lane < Outputs; lane++)
                {
                    ((float*)floats.Start)[k * Vectors * Lanes + lane] = value(k, lane);
                }
            }
        }

        /// <summary>Elements as reals: element, output channel.</summary>
        /// <param name="first">First element.</param>
        /// <param name="count">How many.</param>
        /// <param name="scratch">Room for codes that must be unpacked.</param>
        public float* Load(int first, int count, float* scratch)
        {
            for (int v = 0; v < packed.Length; v++)
            {
                packed[v].Unpack(first, count, scratch + v * Lanes, Vectors * Lanes);
            }

            return floats is null ? scratch : (float*)floats.Start + (nint)first * Vectors * Lanes;
        }
    }
}
