namespace BitAnneal.Runtime.Emitted;

/// <summary>As <see cref="VnniRunKernel"/>, with weights that stay packed until they are in registers.</summary>
/// <param name="channels">16, 32 or 64.</param>
/// <param name="weightBits">Bits of a weight code in memory: 1, 2 or 4.</param>
internal sealed class PackedVnniRunKernel(int channels, int weightBits) : EmittedRunKernel(EmittedShape.For(channels).Packed(weightBits), EmittedShape.For(channels))
{
    /// <inheritdoc/>
    public override string Name => $"vnni, {WeightBits}-bit weights";

    /// <inheritdoc/>
    public override int WeightBits => weightBits;
}
