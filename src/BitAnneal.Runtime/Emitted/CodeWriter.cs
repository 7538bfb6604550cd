using System.Buffers.Binary;

namespace BitAnneal.Runtime.Emitted;

/// <summary>
/// Writes the few x86-64 instructions that the kernels need, with 64-bit registers throughout. Encodings follow volume 2 of Intel's manual; the
/// vector part is in the other file of this class.
/// </summary>
internal sealed partial class CodeWriter
{
    private const int WideOperand = 0x48; // REX.W

    private readonly List<byte> bytes = [];

    /// <summary>Bytes written so far, which is also the offset of the next instruction.</summary>
    public int Length => bytes.Count;

    /// <summary>A copy of the code.</summary>
    public byte[] ToArray() => [.. bytes];

    /// <summary>Fills with breakpoints up to a multiple of a power of two, where a function may begin.</summary>
    public void Align(int alignment)
    {
        while (bytes.Count % alignment != 0)
        {
            bytes.Add(0xCC);
        }
    }

    public void Push(Gpr register) => OneByte(0x50, register);

    public void Pop(Gpr register) => OneByte(0x58, register);

    public void Ret() => bytes.Add(0xC3);

    public void Mov(Gpr target, Gpr source) => Registers(0x8B, (int)target, source);

    public void Mov(Gpr target, Address source) => Memory(0x8B, target, source);

    public void Mov(Address target, Gpr source) => Memory(0x89, source, target);

    /// <summary>Loads 32 bits and extends their sign.</summary>
    public void Movsxd(Gpr target, Address source) => Memory(0x63, target, source);

    public void Add(Gpr target, Gpr source) => Registers(0x03, (int)target, source);

    public void Add(Gpr target, int value) => Immediate(0, target, value);

    public void Sub(Gpr target, int value) => Immediate(5, target, value);

    public void Cmp(Gpr left, Address right) => Memory(0x3B, left, right);

    public void Dec(Gpr register) => Registers(0xFF, 1, register);

    /// <summary>Asks for the line of an address, which need not exist. The base is one of the first eight registers.</summary>
    public void Prefetcht0(Address address)
    {
        bytes.AddRange([0x0F, 0x18]);
        Operand(1, address, 1);
    }

    /// <summary>Jumps back to an offset while the last result was not zero.</summary>
    public void Jne(int offset)
    {
        bytes.Add(0x0F);
        bytes.Add(0x85);
        Int32(offset - (bytes.Count + sizeof(int)));
    }

    private void OneByte(int opcode, Gpr register)
    {
        if (register >= Gpr.R8)
        {
            bytes.Add(0x41);
        }

        bytes.Add((byte)(opcode | (int)register & 7));
    }

    private void Registers(byte opcode, int field, Gpr register)
    {
        bytes.Add((byte)(WideOperand | field >> 3 << 2 | (int)register >> 3));
        bytes.Add(opcode);
        bytes.Add((byte)(0xC0 | (field & 7) << 3 | (int)register & 7));
    }

    private void Memory(byte opcode, Gpr register, Address address)
    {
        bytes.Add((byte)(WideOperand | (int)register >> 3 << 2 | (int)address.Index >> 3 << 1 | (int)address.Base >> 3));
        bytes.Add(opcode);
        Operand((int)register, address, 1);
    }

    private void Immediate(int operation, Gpr target, int value)
    {
        bool small = value == (sbyte)value;
        Registers((byte)(small ? 0x83 : 0x81), operation, target);
        if (small)
        {
            bytes.Add((byte)value);
        }
        else
        {
            Int32(value);
        }
    }

    /// <summary>ModRM, SIB and displacement.</summary>
    /// <param name="field">Register or operation in the ModRM byte.</param>
    /// <param name="address">The memory operand.</param>
    /// <param name="unit">Unit of an 8-bit displacement: 1, or what EVEX compresses by.</param>
    private void Operand(int field, Address address, int unit)
    {
        int low = (int)address.Base & 7, scaled = address.Displacement / unit;
        bool none = address.Displacement == 0 && low != (int)Gpr.Rbp; // Without displacement, rbp and r13 would mean something else.
        bool small = address.Displacement == scaled * unit && scaled == (sbyte)scaled;
        bool sib = address.Index != Gpr.Rsp || low == (int)Gpr.Rsp;
        bytes.Add((byte)((none ? 0 : small ? 0x40 : 0x80) | (field & 7) << 3 | (sib ? (int)Gpr.Rsp : low)));
        if (sib)
        {
            bytes.Add((byte)(((int)address.Index & 7) << 3 | low));
        }

        if (!none && small)
        {
            bytes.Add((byte)scaled);
        }
        else if (!none)
        {
            Int32(address.Displacement);
        }
    }

    private void Int32(int value)
    {
        Span<byte> four = stackalloc byte[sizeof(int)];
        BinaryPrimitives.WriteInt32LittleEndian(four, value);
        bytes.AddRange(four);
    }
}
