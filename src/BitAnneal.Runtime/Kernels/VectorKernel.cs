namespace BitAnneal.Runtime.Kernels;

/// <summary>
/// A matrix times one vector: sums of products of weight codes of 1, 2 or 4 bits, packed, with signed bytes of input. It is bound by how fast weights come
/// from memory, so they stay packed until they are in registers.
/// </summary>
internal abstract unsafe class VectorKernel
{
    /// <summary>Output channels of a panel, computed at once.</summary>
    public const int Channels = 64;

    /// <summary>Bytes of a panel for a block of input codes: 4 per channel.</summary>
    public const int BlockBytes = Channels * WordBytes;

    /// <summary>
    /// Input codes of 8 bits are passed minus 128; the caller adds 128 times the sum of a channel's weight codes. Narrower codes are passed as
    /// they are.
    /// </summary>
    public const int InputBias = 128;

    /// <summary>Input codes of a matrix, so that sums stay within 32 bits inside every kernel.</summary>
    public const int MaxInputs = 1 << 17;

    /// <summary>Bytes of a channel in a block.</summary>
    public const int WordBytes = sizeof(int);

    /// <summary>Prepares a width.</summary>
    /// <param name="bits">Bits of a weight code: 1, 2 or 4.</param>
    /// <exception cref="ArgumentException">The width is another.</exception>
    protected VectorKernel(int bits) => Bits = bits is 1 or 2 or 4 ? bits : throw new ArgumentException($"weights of {bits} bits; only 1, 2 and 4 divide a byte well");

    /// <summary>Name in plans and messages.</summary>
    public abstract string Name { get; }

    /// <summary>Bits of a weight code.</summary>
    public int Bits { get; }

    /// <summary>Weight codes of a byte.</summary>
    public int ByteCodes => 8 / Bits;

    /// <summary>Input codes of a block.</summary>
    public int BlockCodes => WordBytes * ByteCodes;

    /// <summary>Fills the sums of a panel.</summary>
    public abstract void Run(ref readonly VectorTile tile);

    /// <summary>
    /// Puts a weight into the 4 bytes of its block and channel. Byte b holds from its lowest bits on the codes of the inputs b, b + 4, b + 8 … of the
    /// block: a mask, without a shift, lays four consecutive inputs side by side.
    /// </summary>
    /// <param name="word">The bytes.</param>
    /// <param name="index">Input in the block.</param>
    /// <param name="code">Unsigned code.</param>
    public void Put(Span<byte> word, int index, int code) => word[index % WordBytes] |= (byte)(code << index / WordBytes * Bits);

    /// <summary>Packs weights: panels of 64 channels; in a panel, by block and channel, 4 bytes.</summary>
    /// <param name="codes">Unsigned codes, outputs × inputs.</param>
    /// <param name="inputs">Input codes, at most <see cref="MaxInputs"/>; filled up with zeros to whole blocks.</param>
    public byte[] Pack(ReadOnlySpan<byte> codes, int inputs)
    {
        int outputs = codes.Length / inputs, blocks = Blocks(inputs);
        byte[] packed = new byte[(outputs + Channels - 1) / Channels * blocks * BlockBytes];
        for (int output = 0; output < outputs; output++)
        {
            for (int input = 0; input < inputs; input++)
            {
                int block = output / Channels * blocks + input / BlockCodes;
                Put(packed.AsSpan(block * BlockBytes + output % Channels * WordBytes, WordBytes), input % BlockCodes, codes[output * inputs + input]);
            }
        }

        return packed;
    }

    /// <summary>Blocks of so many input codes.</summary>
    public int Blocks(int inputs) => inputs <= MaxInputs
        ? (inputs + BlockCodes - 1) / BlockCodes
        : throw new ArgumentException($"{inputs} inputs; at most {MaxInputs} are possible");
}
