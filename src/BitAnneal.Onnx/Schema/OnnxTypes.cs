namespace BitAnneal.Onnx.Schema;

/// <summary>Numbers of the format.</summary>
internal static class OnnxTypes
{
    public const int Float = 1, UInt8 = 2, Int8 = 3, Int32 = 6, Int64 = 7, UInt4 = 21, UInt2 = 25;

    public const int AttributeFloat = 1, AttributeInt = 2, AttributeString = 3, AttributeInts = 7;

    /// <summary>Operator sets that are written and read, and the file version that goes with each: bytes, four bits, two bits.</summary>
    public static readonly (int OperatorSet, int FileVersion)[] Versions = [(13, 7), (21, 10), (25, 13)];

    /// <summary>Width of an element in bits; 0 for types that are not read.</summary>
    public static int BitsOf(int type) => type switch { Float => 32, UInt8 => 8, Int64 => 64, UInt4 => 4, UInt2 => 2, _ => 0 };

    /// <summary>The unsigned type of a width that the format has.</summary>
    public static int UnsignedOf(int bits) => bits switch { 2 => UInt2, 4 => UInt4, 8 => UInt8, _ => 0 };
}
