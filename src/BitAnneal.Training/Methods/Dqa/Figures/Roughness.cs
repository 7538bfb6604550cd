namespace BitAnneal.Training.Methods.Dqa.Figures;

/// <summary>How rough a surface on a grid is (dqa.md, section 13, figure 4). All figures are per grid step: they compare surfaces on one grid.</summary>
/// <param name="Minima">Inner points that are lower than all eight neighbours.</param>
/// <param name="Curvature">Root mean square of the second differences along both axes.</param>
/// <param name="Variation">Sum of the absolute differences between neighbours along both axes.</param>
public sealed record Roughness(int Minima, double Curvature, double Variation)
{
    /// <summary>Measures a surface.</summary>
    /// <param name="surface">Values by row and column, at least 3 by 3.</param>
    public static Roughness Of(double[,] surface)
    {
        int rows = surface.GetLength(0), columns = surface.GetLength(1), minima = 0, seconds = 0;
        double squares = 0, variation = 0;
        for (int y = 0; y < rows; y++)
        {
            for (int x = 0; x < columns; x++)
            {
                double value = surface[y, x];
                variation += (x > 0 ? Math.Abs(value - surface[y, x - 1]) : 0) + (y > 0 ? Math.Abs(value - surface[y - 1, x]) : 0);
                bool innerX = x > 0 && x < columns - 1, innerY = y > 0 && y < rows - 1;
                if (innerX)
                {
                    squares += Square(surface[y, x - 1] - (2 * value) + surface[y, x + 1]);
                    seconds++;
                }

                if (innerY)
                {
                    squares += Square(surface[y - 1, x] - (2 * value) + surface[y + 1, x]);
                    seconds++;
                }

                minima += innerX && innerY && IsMinimum(surface, y, x) ? 1 : 0;
            }
        }

        return new Roughness(minima, Math.Sqrt(squares / seconds), variation);
    }

    private static bool IsMinimum(double[,] surface, int y, int x)
    {
        for (int i = 0; i < 9; i++)
        {
            if (i != 4 && surface[y + (i / 3) - 1, x + (i % 3) - 1] <= surface[y, x])
            {
                return false;
            }
        }

        return true;
    }

    private static double Square(double v) => v * v;
}
