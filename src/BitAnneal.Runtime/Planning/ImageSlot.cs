using BitAnneal.Graphs;

namespace BitAnneal.Runtime.Planning;

/// <summary>The bytes of an image as the caller gives them: channel by channel.</summary>
internal sealed unsafe class ImageSlot : Slot
{
    public ImageSlot(TensorShape shape, Grid grid) : base(shape, grid) => ByteCount = (shape.ElementCount + 2 * Slack - 1) / Slack * Slack;

    /// <summary>The first byte of the first channel.</summary>
    public byte* Bytes(byte* arena) => arena + Offset;
}
