namespace BitAnneal.Runtime.Kernels;

/// <summary>Plain loops.</summary>
internal sealed unsafe class ScalarKernel : IntegerKernel
{
    /// <inheritdoc/>
    public override string Name => "scalar";

    /// <inheritdoc/>
    public override void Run(ref readonly Tile tile)
    {
        for (int p = 0; p < tile.Pixels; p++)
        {
            int* sums = tile.Sums + p * Tile.Lanes;
            new Span<int>(sums, Tile.Lanes).Clear();
            for (int ky = 0; ky < tile.Rows; ky++)
            {
                for (int kx = 0; kx < tile.Columns; kx++)
                {
                    short* x = tile.Input + p * tile.PixelStep + ky * tile.RowStep + kx * tile.ColumnStep;
                    short* w = tile.Panel + ky * tile.PanelRowStep + kx * tile.PanelColumnStep;
                    for (int pair = 0; pair < tile.Pairs; pair++, x += 2, w += 2 * Tile.Lanes)
                    {
                        for (int lane = 0; lane < Tile.Lanes; lane++)
                        {
                            sums[lane] += w[2 * lane] * x[0] + w[2 * lane + 1] * x[1];
                        }
                    }
                }
            }
        }
    }
}
