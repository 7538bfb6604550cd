using System.Runtime.InteropServices;
using BitAnneal.Graphs;
using BitAnneal.Training.Native;
using TorchSharp;
using static TorchSharp.torch;

namespace BitAnneal.Training.Tensors;

/// <summary>Copies between tensors and managed arrays, memory layout, and raw access for the fused kernels.</summary>
internal static unsafe class TensorMemory
{
    /// <summary>A new float32 tensor with these values in logical (row-major) order; images and kernels are laid out channels-last.</summary>
    public static Tensor FromFloats(ReadOnlySpan<float> values, TensorShape shape, Device device)
    {
        long[] dimensions = [.. shape.Dimensions.Select(d => (long)d)];
        using var scope = NewDisposeScope();
        var tensor = empty(dimensions, dtype: ScalarType.Float32);
        fixed (float* source = values)
        {
            Buffer.MemoryCopy(source, Pointer(tensor), values.Length * sizeof(float), values.Length * sizeof(float));
        }

        return ChannelsLast(tensor).to(device).MoveToOuterDisposeScope();
    }

    /// <summary>The values in logical (row-major) order.</summary>
    public static float[] ToFloats(Tensor tensor)
    {
        if (tensor.device_type == DeviceType.CPU && tensor.is_contiguous())
        {
            float[] direct = new float[tensor.numel()];
            Marshal.Copy((nint)Pointer(tensor), direct, 0, direct.Length);
            GC.KeepAlive(tensor);
            return direct;
        }

        using var scope = NewDisposeScope();
        var dense = tensor.detach().cpu().contiguous();
        float[] values = new float[dense.numel()];
        Marshal.Copy((nint)Pointer(dense), values, 0, values.Length);
        return values;
    }

    /// <summary>Overwrites a tensor with values in logical order. The tensor keeps its layout and device.</summary>
    public static void CopyInto(Tensor target, ReadOnlySpan<float> values)
    {
        if (target.device_type == DeviceType.CPU && target.is_contiguous())
        {
            values.CopyTo(new Span<float>(Pointer(target), checked((int)target.numel())));
            GC.KeepAlive(target);
            return;
        }

        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        int[] dimensions = [.. target.shape.Select(d => (int)d)];
        target.copy_(FromFloats(values, new TensorShape(dimensions), CPU));
    }

    /// <summary>A rank-4 tensor with its channels innermost in memory; others come back as they are. Convolutions run 1.4 to 2 times faster so.</summary>
    public static Tensor ChannelsLast(Tensor tensor) =>
        tensor.dim() == 4 ? tensor.permute(0, 2, 3, 1).contiguous().permute(0, 3, 1, 2) : tensor.alias();

    /// <summary>Whether every place of the tensor's memory span holds exactly one element, in whatever order.</summary>
    public static bool IsDense(Tensor tensor)
    {
        long[] sizes = tensor.shape, strides = tensor.stride();
        Array.Sort(strides, sizes);
        long expected = 1;
        for (int i = 0; i < sizes.Length; i++)
        {
            if (sizes[i] == 1)
            {
                continue;
            }

            if (strides[i] != expected)
            {
                return false;
            }

            expected *= sizes[i];
        }

        return true;
    }

    /// <summary>Whether element i in memory is the same logical element in both tensors.</summary>
    public static bool SameLayout(Tensor a, Tensor b)
    {
        long[] sizes = a.shape, x = a.stride(), y = b.stride();
        for (int i = 0; i < sizes.Length; i++)
        {
            if (sizes[i] != 1 && x[i] != y[i])
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>The tensor's memory. The caller keeps the tensor alive.</summary>
    public static float* Pointer(Tensor tensor) => (float*)NativeMethods.TensorData(tensor.Handle);
}
