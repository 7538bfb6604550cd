namespace BitAnneal.Runtime.Emitted;

/// <content>Vectors of 512 bits: registers are the numbers 0 to 31, operands in the order of Intel's manual.</content>
internal sealed partial class CodeWriter
{
    private const int VectorBytes = 64, LaneBytes = sizeof(int);

    /// <summary>Prefix and opcode map of an EVEX instruction, as its fields encode them. All have W = 0.</summary>
    private enum Space
    {
        Prefix66Map0F = 0x11,
        Prefix66Map0F38 = 0x12,
        PrefixF3Map0F = 0x21,
    }

    /// <summary>Loads 64 bytes from anywhere.</summary>
    public void Vmovdqu32(int target, Address source) => Evex(Space.PrefixF3Map0F, 0x6F, target, 0, source, VectorBytes);

    /// <summary>Stores 64 bytes anywhere.</summary>
    public void Vmovdqu32(Address target, int source) => Evex(Space.PrefixF3Map0F, 0x7F, source, 0, target, VectorBytes);

    /// <summary>Loads 4 bytes into all lanes.</summary>
    public void Vpbroadcastd(int target, Address source) => Evex(Space.Prefix66Map0F38, 0x58, target, 0, source, LaneBytes);

    /// <summary>Adds to every 32-bit lane the four products of unsigned bytes with signed bytes (AVX512_VNNI).</summary>
    public void Vpdpbusd(int target, int unsigned, int signed) => Evex(Space.Prefix66Map0F38, 0x50, target, unsigned, signed);

    /// <summary>Counts the bits of every 32-bit lane (AVX512_VPOPCNTDQ).</summary>
    public void Vpopcntd(int target, int source) => Evex(Space.Prefix66Map0F38, 0x55, target, 0, source);

    public void Vpxord(int target, int left, int right) => Evex(Space.Prefix66Map0F, 0xEF, target, left, right);

    public void Vpandd(int target, int left, int right) => Evex(Space.Prefix66Map0F, 0xDB, target, left, right);

    /// <summary>And with 4 bytes of memory in all lanes.</summary>
    public void Vpandd(int target, int left, Address broadcast) => Evex(Space.Prefix66Map0F, 0xDB, target, left, broadcast, LaneBytes, broadcast: true);

    public void Vpaddd(int target, int left, int right) => Evex(Space.Prefix66Map0F, 0xFE, target, left, right);

    /// <summary>Shifts 32-bit lanes right, filling with zeros.</summary>
    public void Vpsrld(int target, int source, int count) => Shift(2, target, source, count);

    /// <summary>Shifts 32-bit lanes right, filling with the sign.</summary>
    public void Vpsrad(int target, int source, int count) => Shift(4, target, source, count);

    public void Vpslld(int target, int source, int count) => Shift(6, target, source, count);

    /// <summary>Clears the upper parts of registers 0 to 15, which would slow down SSE code.</summary>
    public void Vzeroupper() => bytes.AddRange([0xC5, 0xF8, 0x77]);

    /// <summary>Loads the low 16 bytes of one of the registers 0 to 15.</summary>
    public void Vmovdqu128(int target, Address source) => Vex(0x6F, target, source);

    /// <summary>Stores the low 16 bytes of one of the registers 0 to 15.</summary>
    public void Vmovdqu128(Address target, int source) => Vex(0x7F, source, target);

    private void Shift(int operation, int target, int source, int count)
    {
        Evex(Space.Prefix66Map0F, 0x72, operation, target, source);
        bytes.Add((byte)count);
    }

    private void Evex(Space space, byte opcode, int register, int second, int third)
    {
        Prefix(space, register, second, third >> 4, third >> 3 & 1, broadcast: false);
        bytes.Add(opcode);
        bytes.Add((byte)(0xC0 | (register & 7) << 3 | third & 7));
    }

    private void Evex(Space space, byte opcode, int register, int second, Address address, int unit, bool broadcast = false)
    {
        Prefix(space, register, second, (int)address.Index >> 3, (int)address.Base >> 3, broadcast);
        bytes.Add(opcode);
        Operand(register, address, unit);
    }

    /// <summary>The four bytes in front of the opcode. Register bits beyond the lowest three are stored inverted.</summary>
    private void Prefix(Space space, int register, int second, int x, int b, bool broadcast)
    {
        int r = register >> 3 & 1, r2 = register >> 4, v = second & 15, v2 = second >> 4;
        bytes.Add(0x62);
        bytes.Add((byte)((r << 7 | x << 6 | b << 5 | r2 << 4) ^ 0xF0 | (int)space & 7));
        bytes.Add((byte)(v << 3 ^ 0x78 | 4 | (int)space >> 4));
        bytes.Add((byte)(0x40 | (broadcast ? 0x10 : 0) | v2 << 3 ^ 8));
    }

    private void Vex(byte opcode, int register, Address address)
    {
        bytes.Add(0xC5);
        bytes.Add((byte)(register < 8 ? 0xFA : 0x7A));
        bytes.Add(opcode);
        Operand(register, address, 1);
    }
}
