using BitAnneal.Graphs;
using BitAnneal.Graphs.Operators;

namespace BitAnneal.Runtime.Planning;

/// <summary>Pixels of padding that a packed value keeps around itself.</summary>
internal readonly record struct Border(int Top, int Left, int Bottom, int Right)
{
    /// <summary>What a convolution reads beyond the edges of its input.</summary>
    public static Border Of(Conv2d op, TensorShape input, TensorShape output) => new(
        op.Padding.Y, op.Padding.X,
        Math.Max(0, Reach(output[1], op.Stride.Y, op.Kernel.Y, op.Dilation.Y) - op.Padding.Y - input[1]),
        Math.Max(0, Reach(output[2], op.Stride.X, op.Kernel.X, op.Dilation.X) - op.Padding.X - input[2]));

    /// <summary>Wide enough for both.</summary>
    public Border Union(Border other) => new(Math.Max(Top, other.Top), Math.Max(Left, other.Left), Math.Max(Bottom, other.Bottom), Math.Max(Right, other.Right));

    private static int Reach(int outputs, int stride, int kernel, int dilation) => (outputs - 1) * stride + (kernel - 1) * dilation + 1;
}
