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

/// <summary>Bytes that are being cut into bits.</summary>
internal sealed record BitPlane(byte[] Packed, long[] Shape, string Note) : Symbol;

/// <summary>Constant codes with the grid as far as it was read: value = scale·(code + Min) + offset.</summary>
internal sealed record ConstantCodes(byte[] Codes, int Bits, long[] Shape, string Note, int Min, float[] Scales, float[]? Offsets) : Symbol;

/// <summary>An activation on its way through a quantization.</summary>
internal sealed record Quantizing(string Source, float[]? Offsets, float[]? Scales, int Min, int Max, bool IsDequantized) : Symbol;

/// <summary>The byte input after its scale, and after its offset when that was read.</summary>
internal sealed record ScaledInput(TensorShape Shape, float[] Scales, float[]? Offsets) : Symbol;
