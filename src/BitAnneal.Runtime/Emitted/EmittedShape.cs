using System.Numerics;
using BitAnneal.Runtime.Kernels;
using BitAnneal.Runtime.Planning;

namespace BitAnneal.Runtime.Emitted;

/// <summary>A block of sums that stays in registers, and the functions that compute it.</summary>
/// <param name="Channels">Output channels, 16 a vector.</param>
/// <param name="Places">Output places; chosen by <c>bench/Kernels</c>: enough sums in flight to hide the latency, few loads per product.</param>
/// <param name="Share">Share of the peak that it reaches there.</param>
/// <param name="Dot">Sums of products of bytes.</param>
/// <param name="CommonBits">Counts of common bits.</param>
internal sealed record EmittedShape(int Channels, int Places, double Share, EmittedFunction Dot, EmittedFunction CommonBits)
{
    /// <summary>For narrow, middling and wide layers.</summary>
    public static IReadOnlyList<EmittedShape> All { get; } =
    [
        new(16, 10, 0.82, EmittedFunction.Dot16, EmittedFunction.CommonBits16),
        new(32, 8, 0.96, EmittedFunction.Dot32, EmittedFunction.CommonBits32),
        new(64, 4, 0.95, EmittedFunction.Dot64, EmittedFunction.CommonBits64),
    ];

    /// <summary>Vectors of 16 output channels.</summary>
    public int Vectors => Channels / 16;

    /// <summary>Sums of products of bytes with packed weights.</summary>
    /// <param name="bits">Bits of a weight code: 1, 2 or 4.</param>
    public EmittedFunction Packed(int bits) => EmittedFunction.Packed16Of1 + 3 * BitOperations.Log2((uint)Vectors) + BitOperations.Log2((uint)bits);

    /// <summary>The shape for 16, 32 or 64 channels.</summary>
    public static EmittedShape For(int channels) => All.Single(s => s.Channels == channels);

    /// <summary>The shape that wastes least on a layer: lanes beyond the last output channel, and inputs of other groups.</summary>
    /// <param name="channels">Of the layer.</param>
    /// <param name="layout">Of its input.</param>
    public static EmittedShape Best(ChannelGroups channels, PackedLayout layout) => All.MinBy(s =>
    {
        var slices = new PanelSlices(channels, layout, s.Channels);
        return slices.Panels * s.Channels * slices.Length / s.Share;
    })!;
}
