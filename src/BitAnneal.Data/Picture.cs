namespace BitAnneal.Data;

/// <summary>The bytes of one picture of any size, planar (channels, rows, columns) or interleaved (rows, columns, channels).</summary>
public readonly ref struct Picture
{
    /// <summary>Looks at an array.</summary>
    /// <param name="bytes">Channels · height · width bytes.</param>
    /// <param name="channels">Number of channels.</param>
    /// <param name="height">Number of rows.</param>
    /// <param name="width">Number of columns.</param>
    /// <param name="interleaved">Whether the channels of a pixel lie side by side.</param>
    /// <exception cref="ArgumentException">The sizes disagree.</exception>
    public Picture(ReadOnlySpan<byte> bytes, int channels, int height, int width, bool interleaved)
    {
        if (channels < 1 || height < 1 || width < 1 || bytes.Length != (long)channels * height * width)
        {
            throw new ArgumentException($"{bytes.Length} bytes for a picture of {channels}x{height}x{width}");
        }

        Bytes = bytes;
        (Channels, Height, Width) = (channels, height, width);
        (PixelStep, ChannelStep) = interleaved ? (channels, 1) : (1, height * width);
    }

    /// <summary>All bytes.</summary>
    public ReadOnlySpan<byte> Bytes { get; }

    /// <summary>Number of channels.</summary>
    public int Channels { get; }

    /// <summary>Number of rows.</summary>
    public int Height { get; }

    /// <summary>Number of columns.</summary>
    public int Width { get; }

    /// <summary>Distance in bytes between neighbouring pixels of a row; rows follow each other without a gap.</summary>
    public int PixelStep { get; }

    /// <summary>Distance in bytes between the channels of a pixel.</summary>
    public int ChannelStep { get; }
}
