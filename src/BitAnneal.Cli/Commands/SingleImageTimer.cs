using System.Diagnostics;
using BitAnneal.Data;
using BitAnneal.Training;
using static TorchSharp.torch;

namespace BitAnneal.Cli.Commands;

/// <summary>Times a float network on one image at a time. The images become tensors beforehand: only the network is timed.</summary>
internal sealed class SingleImageTimer : IDisposable
{
    private readonly GraphModule module;
    private readonly Tensor[] images;

    public SingleImageTimer(GraphModule module, IImageSource set)
    {
        this.module = module;
        module.eval();
        int height = set.Shape[1], width = set.Shape[2], channels = set.Shape[0];
        images = new Tensor[set.Count];
        using var scope = NewDisposeScope();
        for (int i = 0; i < images.Length; i++)
        {
            float[] pixels = new float[channels * height * width];
            var source = set.Image(i);
            for (int p = 0; p < pixels.Length; p++)
            {
                pixels[p] = source[p % channels * height * width + p / channels];
            }

            images[i] = tensor(pixels, [1, height, width, channels]).permute(0, 3, 1, 2).DetachFromDisposeScope();
        }
    }

    /// <summary>Milliseconds of one forward pass.</summary>
    public double Run(int index)
    {
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        long start = Stopwatch.GetTimestamp();
        module.call(images[index]);
        return Stopwatch.GetElapsedTime(start).TotalMilliseconds;
    }

    public void Dispose()
    {
        foreach (var image in images)
        {
            image.Dispose();
        }
    }
}
