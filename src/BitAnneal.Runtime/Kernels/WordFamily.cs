using BitAnneal.Graphs;
using BitAnneal.Runtime.Planning;

namespace BitAnneal.Runtime.Kernels;

/// <summary>Codes in bytes or bits, multiplied and added up by one kernel.</summary>
/// <param name="kernel">The kernel.</param>
internal sealed class WordFamily(WordRunKernel kernel) : RunFamily
{
    public override PackedLayout Layout => kernel.CodeBits == 1 ? BitLayout.Instance : ByteLayout.Instance;

    public override int PanelChannels => kernel.Channels;

    public override int LaneBytes => WordRunKernel.GroupBytes;

    public override bool Holds(QuantizedTensor weight) => kernel.CodeBits == 1 || weight.ChannelStride <= int.MaxValue / (byte.MaxValue * byte.MaxValue);

    public override int LaneGroups => kernel.LaneGroups;

    public override int UnpackedBits => kernel.LaneGroups == 1 ? kernel.CodeBits : 0;

    public override int WeightBias => kernel.WeightBias;

    public override void Put(Span<byte> lane, int index, int code)
    {
        if (kernel.CodeBits == 1)
        {
            lane[index / 8] |= (byte)(code << (index % 8));
        }
        else
        {
            lane[index % kernel.GroupCodes] |= (byte)(code - kernel.WeightBias << index / kernel.GroupCodes * kernel.WeightBits);
        }
    }

    public override RunKernel Choose(int panels, LayerShape shape) => kernel;
}
