namespace BitAnneal.Graphs.Safetensors;

/// <summary>Weights as other tools write them, which are taken for safetensors by mistake. They are only told apart, never read.</summary>
internal static class ForeignWeights
{
    private const string Convert = "convert it in Python with safetensors.torch.save_file(state_dict, path)";

    /// <summary>What the bytes seem to be, and the remedy; null for neither.</summary>
    public static string? Explain(ReadOnlySpan<byte> bytes)
    {
        if (bytes.StartsWith("PK\u0003\u0004"u8))
        {
            return $"is a zip file, such as torch.save writes (.pt, .pth), not safetensors: {Convert}";
        }

        if (bytes is [0x80, >= 2 and <= 5, ..])
        {
            return $"is a Python pickle, such as torch.save wrote before PyTorch 1.6, not safetensors: {Convert}";
        }

        return !IsTorchSharp(bytes) ? null : "is no safetensors file, but seems to be one of TorchSharp (.dat): "
            + "write it with the package TorchSharp.PyBridge, module.save_safetensors(path)";
    }

    /// <summary>Whether there is a number of tensors, then the length of a name and a name, as TorchSharp's Module.save starts.</summary>
    private static bool IsTorchSharp(ReadOnlySpan<byte> bytes)
    {
        int at = 0;
        if (Number(bytes, ref at) < 1 || Number(bytes, ref at) is not (>= 1 and <= 256 and var length) || length > bytes.Length - at)
        {
            return false;
        }

        foreach (byte letter in bytes.Slice(at, length))
        {
            if (!char.IsAsciiLetterOrDigit((char)letter) && letter is not ((byte)'.' or (byte)'_'))
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>A number of seven bits per byte, at most three bytes; -1 for none.</summary>
    private static int Number(ReadOnlySpan<byte> bytes, ref int at)
    {
        int value = 0;
        for (int shift = 0; shift < 21 && at < bytes.Length; shift += 7)
        {
            byte part = bytes[at++];
            value |= (part & 0x7f) << shift;
            if (part < 0x80)
            {
                return value;
            }
        }

        return -1;
    }
}
