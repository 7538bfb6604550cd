using BitAnneal.Graphs;
using BitAnneal.Onnx.Schema;

namespace BitAnneal.Onnx.Import;

/// <summary>What is known of an ONNX value while the file is read.</summary>
internal abstract record Symbol;

/// <summary>The value of one of our nodes.</summary>
internal sealed record NodeValue(string Node) : Symbol;

/// <summary>A constant as it stands in the file.</summary>
internal sealed record ConstantValue(TensorProto Tensor) : Symbol;

/// <summary>The file's input before anything was done to it.</summary>
internal sealed record RawInput(TensorShape Shape, int Type) : Symbol;

/// <summary>How far bytes are cut into bits.</summary>
internal enum BitStep
{
    Shifted,
    Masked,
    Flat,
    Cut,
    Shaped,
}

/// <summary>Bytes that are being cut into bits.</summary>
internal sealed record BitPlane(TensorProto Bytes, BitStep Step, long Count, long[] Shape) : Symbol;

/// <summary>Some bits of every code, where they lie in the file.</summary>
internal readonly record struct CodePlane(TensorProto Tensor, int Bits);

/// <summary>Constant codes with the grid as far as it was read: value = scale·(code + Min) + offset. The lowest plane is the first.</summary>
/// <param name="Planes">The codes; they are put together only once all is known, so that nothing but the file's own bytes is kept meanwhile.</param>
/// <param name="Shape">Shape of the parameter.</param>
/// <param name="Min">What is added to a code before it is scaled.</param>
/// <param name="Scales">Scales.</param>
/// <param name="Offsets">What was added last.</param>
/// <param name="IsScaled">Whether a Mul has scaled the codes.</param>
internal sealed record ConstantCodes(CodePlane[] Planes, long[] Shape, int Min, float[] Scales, float[]? Offsets, bool IsScaled) : Symbol
{
    public int Bits => Planes.Sum(p => p.Bits);
}

/// <summary>How far an activation is quantized.</summary>
internal enum QuantizeStep
{
    Shifted,
    Divided,
    Coded,
    Clipped,
    Dequantized,
    Done,
}

/// <summary>An activation on its way through a quantization.</summary>
/// <param name="Source">The node whose value it is.</param>
/// <param name="Step">What was done last.</param>
/// <param name="Rank">Rank of a batch that the shapes of scales and offsets ask for; 0 where they say nothing.</param>
internal sealed record Quantizing(string Source, QuantizeStep Step, int Rank) : Symbol
{
    /// <summary>What was taken off before and must be added behind; null for nothing.</summary>
    public float[]? Offsets { get; init; }

    public float[] Scales { get; init; } = [];

    /// <summary>Whether the codes are bytes, of QuantizeLinear, and not floats.</summary>
    public bool IsBytes { get; init; }

    public int Min { get; init; }

    public int Max { get; init; }
}

/// <summary>The byte input after its scale, and after its offset when that was read.</summary>
internal sealed record ScaledInput(TensorShape Shape, float[] Scales, float[]? Offsets) : Symbol;
