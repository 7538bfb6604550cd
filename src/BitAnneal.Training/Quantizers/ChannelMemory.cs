using BitAnneal.Training.Tensors;
using TorchSharp;
using static TorchSharp.torch;

namespace BitAnneal.Training.Quantizers;

/// <summary>The values of each channel (index of dimension 0) as one run of memory, in whatever order.</summary>
internal static unsafe class ChannelMemory
{
    /// <summary>What a function says of the values of one channel.</summary>
    public delegate T Reader<out T>(int channel, ReadOnlySpan<float> values);

    /// <summary>Reads every channel. Tensors on other devices are copied first.</summary>
    public static T[] Map<T>(Tensor x, Reader<T> read)
    {
        using var scope = NewDisposeScope();
        var memory = x.device_type == DeviceType.CPU && HasChannelsOutermost(x) ? x : x.detach().cpu().contiguous();
        int channels = memory.dim() == 0 ? 1 : (int)memory.shape[0], length = checked((int)(memory.numel() / channels));
        var result = new T[channels];
        float* values = TensorMemory.Pointer(memory);
        for (int c = 0; c < channels; c++)
        {
            result[c] = read(c, new ReadOnlySpan<float>(values + (nint)c * length, length));
        }

        GC.KeepAlive(memory);
        return result;
    }

    /// <summary>Whether the channels follow each other in memory without gaps.</summary>
    public static bool HasChannelsOutermost(Tensor x) =>
        TensorMemory.IsDense(x) && (x.dim() == 0 || x.shape[0] == 1 || x.stride(0) == x.numel() / x.shape[0]);
}
