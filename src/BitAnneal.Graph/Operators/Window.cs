namespace BitAnneal.Graphs.Operators;

/// <summary>Arithmetic that convolutions and poolings share.</summary>
internal static class Window
{
    private const int Limit = 1 << 20;

    /// <summary>Output rows or columns: floor((size + 2·padding − dilation·(kernel − 1) − 1) / stride) + 1.</summary>
    public static int OutputSize(int size, int kernel, int stride, int padding, int dilation)
    {
        long reach = (long)dilation * (kernel - 1) + 1;
        long room = size + 2L * padding;
        return room >= reach
            ? (int)((room - reach) / stride) + 1
            : throw new ArgumentException($"a window of {reach} does not fit {size} with padding {padding}");
    }

    public static void Validate(Extent kernel, Extent stride, Extent padding, Extent dilation)
    {
        Positive(kernel, "kernel");
        Positive(stride, "stride");
        Positive(dilation, "dilation");
        if (padding.Y < 0 || padding.X < 0 || padding.Y > Limit || padding.X > Limit)
        {
            throw new ArgumentException($"padding {padding} is outside 0..{Limit}");
        }
    }

    private static void Positive(Extent extent, string what)
    {
        if (extent.Y < 1 || extent.X < 1 || extent.Y > Limit || extent.X > Limit)
        {
            throw new ArgumentException($"{what} {extent} is outside 1..{Limit}");
        }
    }
}
