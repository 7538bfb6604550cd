namespace BitAnneal.Runtime.Kernels;

/// <summary>Plain loops, for machines without vectors of 256 bits.</summary>
internal sealed unsafe class RealScalarKernel : RealKernel
{
    /// <inheritdoc/>
    public override string Name => "scalar";

    /// <inheritdoc/>
    public override int Places(int vectors) => 1;

    /// <inheritdoc/>
    public override void Run(ref readonly RealTile tile)
    {
        int lanes = tile.Vectors * RealTile.Lanes;
        new ReadOnlySpan<float>(tile.Start, lanes).CopyTo(new Span<float>(tile.Sums, lanes));
        float* w = tile.Panel;
        for (int r = 0; r < tile.RunCount; r++)
        {
            float* x = tile.Input + tile.Places[0] + tile.Runs[r];
            for (int i = 0; i < tile.RunLength; i++, w += lanes)
            {
                for (int lane = 0; lane < lanes; lane++)
                {
                    tile.Sums[lane] = MathF.FusedMultiplyAdd(w[lane], x[i], tile.Sums[lane]);
                }
            }
        }
    }

    /// <inheritdoc/>
    public override void RunDepthwise(ref readonly RealTile tile)
    {
        new ReadOnlySpan<float>(tile.Start, RealTile.Lanes).CopyTo(new Span<float>(tile.Sums, RealTile.Lanes));
        for (int r = 0; r < tile.RunCount; r++)
        {
            float* x = tile.Input + tile.Places[0] + tile.Runs[r], w = tile.Panel + r * RealTile.Lanes;
            for (int lane = 0; lane < RealTile.Lanes; lane++)
            {
                tile.Sums[lane] = MathF.FusedMultiplyAdd(w[lane], x[lane], tile.Sums[lane]);
            }
        }
    }
}
