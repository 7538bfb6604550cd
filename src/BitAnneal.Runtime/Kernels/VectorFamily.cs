using BitAnneal.Graphs;
using BitAnneal.Runtime.Planning;

namespace BitAnneal.Runtime.Kernels;

/// <summary>A matrix times one vector: layers of a single output place that reads a single pixel.</summary>
/// <param name="kernel">The kernel.</param>
/// <param name="inputBias">What is subtracted from input codes: 0, or <see cref="VectorKernel.InputBias"/> where they have 8 bits.</param>
internal sealed unsafe class VectorFamily(VectorKernel kernel, int inputBias) : RunFamily
{
    private const int PanelsAtOnce = 4; // By measurement: memory waits less often for what follows the sums, and threads still share narrow layers.

    private readonly RunKernel one = new Panels(kernel, 1), several = new Panels(kernel, PanelsAtOnce);

    public override PackedLayout Layout { get; } = new VectorLayout(kernel.BlockCodes, inputBias);

    public override int PanelChannels => VectorKernel.Channels;

    public override int LaneBytes => VectorKernel.WordBytes;

    public override bool Holds(QuantizedTensor weight) => weight.ChannelStride <= VectorKernel.MaxInputs;

    public override int InputBias => inputBias;

    public override void Put(Span<byte> lane, int index, int code) => kernel.Put(lane, index, code);

    public override RunKernel Choose(int panels, LayerShape shape) => panels >= PanelsAtOnce ? several : one;

    /// <summary>The kernel as one over a single run of a single place.</summary>
    private sealed class Panels(VectorKernel kernel, int count) : RunKernel
    {
        public override string Name => $"vector {kernel.Name}";

        public override int Places => 1;

        public override int Channels => count * VectorKernel.Channels;

        public override void Run(ref readonly RunTile tile)
        {
            var vector = new VectorTile { Input = (sbyte*)(tile.Input + *tile.Places + *tile.Runs), Blocks = tile.RunLength, Panel = tile.Panel, Sums = tile.Sums };
            for (int i = 0; i < count; i++)
            {
                kernel.Run(in vector);
                vector.Panel += tile.PanelStep;
                vector.Sums += VectorKernel.Channels;
            }
        }
    }
}
