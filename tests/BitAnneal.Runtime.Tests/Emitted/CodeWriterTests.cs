using System.Globalization;
using BitAnneal.Runtime.Emitted;

namespace BitAnneal.Runtime.Tests.Emitted;

public class CodeWriterTests
{
    /// <summary>Bytes from the GNU assembler 2.40.</summary>
    private static readonly Dictionary<string, Action<CodeWriter>> Encodings = new()
    {
        ["53"] = c => c.Push(Gpr.Rbx),
        ["41 57"] = c => c.Push(Gpr.R15),
        ["5D"] = c => c.Pop(Gpr.Rbp),
        ["41 5C"] = c => c.Pop(Gpr.R12),
        ["C3"] = c => c.Ret(),
        ["48 8B C7"] = c => c.Mov(Gpr.Rax, Gpr.Rdi),
        ["4C 8B E9"] = c => c.Mov(Gpr.R13, Gpr.Rcx),
        ["48 8B 48 08"] = c => c.Mov(Gpr.Rcx, new Address(Gpr.Rax, 8)),
        ["4D 8B 45 00"] = c => c.Mov(Gpr.R8, new Address(Gpr.R13)),
        ["48 8B 1C 24"] = c => c.Mov(Gpr.Rbx, new Address(Gpr.Rsp)),
        ["4D 8B 8C 24 E8 03 00 00"] = c => c.Mov(Gpr.R9, new Address(Gpr.R12, 1000)),
        ["48 89 50 30"] = c => c.Mov(new Address(Gpr.Rax, 48), Gpr.Rdx),
        ["4D 89 4D 08"] = c => c.Mov(new Address(Gpr.R13, 8), Gpr.R9),
        ["48 63 13"] = c => c.Movsxd(Gpr.Rdx, new Address(Gpr.Rbx)),
        ["4C 63 79 24"] = c => c.Movsxd(Gpr.R15, new Address(Gpr.Rcx, 36)),
        ["48 63 7C 15 00"] = c => c.Movsxd(Gpr.Rdi, new Address(Gpr.Rbp, Index: Gpr.Rdx)),
        ["4C 03 CA"] = c => c.Add(Gpr.R9, Gpr.Rdx),
        ["48 83 C6 40"] = c => c.Add(Gpr.Rsi, 64),
        ["48 81 C6 00 01 00 00"] = c => c.Add(Gpr.Rsi, 256),
        ["48 81 EC A0 00 00 00"] = c => c.Sub(Gpr.Rsp, 160),
        ["48 3B 58 18"] = c => c.Cmp(Gpr.Rbx, new Address(Gpr.Rax, 24)),
        ["48 FF C9"] = c => c.Dec(Gpr.Rcx),
        ["49 FF CA"] = c => c.Dec(Gpr.R10),
        ["0F 18 8E 00 08 00 00"] = c => c.Prefetcht0(new Address(Gpr.Rsi, 2048)),
        ["62 F1 7E 48 6F 06"] = c => c.Vmovdqu32(0, new Address(Gpr.Rsi)),
        ["62 E1 7E 48 6F 4E 03"] = c => c.Vmovdqu32(17, new Address(Gpr.Rsi, 192)),
        ["62 51 7E 48 6F 85 00 20 00 00"] = c => c.Vmovdqu32(8, new Address(Gpr.R13, 0x2000)),
        ["62 71 7E 48 6F 88 64 00 00 00"] = c => c.Vmovdqu32(9, new Address(Gpr.Rax, 100)),
        ["62 61 7E 48 7F 7A 01"] = c => c.Vmovdqu32(new Address(Gpr.Rdx, 64), 31),
        ["62 11 7E 48 7F 3C 0C"] = c => c.Vmovdqu32(new Address(Gpr.R12, Index: Gpr.R9), 15),
        ["62 E2 7D 48 58 24 17"] = c => c.Vpbroadcastd(20, new Address(Gpr.Rdi, Index: Gpr.Rdx)),
        ["62 D2 7D 48 58 2C 17"] = c => c.Vpbroadcastd(5, new Address(Gpr.R15, Index: Gpr.Rdx)),
        ["62 62 7D 48 58 76 03"] = c => c.Vpbroadcastd(30, new Address(Gpr.Rsi, 12)),
        ["62 F2 7D 48 58 8E 03 00 00 00"] = c => c.Vpbroadcastd(1, new Address(Gpr.Rsi, 3)),
        ["62 B2 5D 40 50 C0"] = c => c.Vpdpbusd(0, 20, 16),
        ["62 52 45 48 50 F9"] = c => c.Vpdpbusd(15, 7, 9),
        ["62 02 3D 48 50 F8"] = c => c.Vpdpbusd(31, 8, 24),
        ["62 92 7D 48 55 E3"] = c => c.Vpopcntd(4, 27),
        ["62 C2 7D 48 55 DA"] = c => c.Vpopcntd(19, 10),
        ["62 51 1D 48 EF E4"] = c => c.Vpxord(12, 12, 12),
        ["62 81 75 48 DB E5"] = c => c.Vpandd(20, 1, 29),
        ["62 E1 75 50 DB 7C 15 00"] = c => c.Vpandd(23, 17, new Address(Gpr.Rbp, Index: Gpr.Rdx)),
        ["62 D1 05 50 DB 5C 10 02"] = c => c.Vpandd(3, 31, new Address(Gpr.R8, 8, Gpr.Rdx)),
        ["62 81 6D 48 FE C6"] = c => c.Vpaddd(16, 2, 30),
        ["62 F1 35 40 72 D6 04"] = c => c.Vpsrld(25, 6, 4),
        ["62 B1 25 48 72 E2 06"] = c => c.Vpsrad(11, 18, 6),
        ["62 B1 35 48 72 F6 03"] = c => c.Vpslld(9, 22, 3),
        ["C5 F8 77"] = c => c.Vzeroupper(),
        ["C5 FA 7F 7C 24 10"] = c => c.Vmovdqu128(new Address(Gpr.Rsp, 16), 7),
        ["C5 7A 6F BC 24 90 00 00 00"] = c => c.Vmovdqu128(15, new Address(Gpr.Rsp, 144)),
        ["C3 CC CC CC C3 0F 85 F9 FF FF FF"] = c =>
        {
            c.Ret();
            c.Align(4);
            int target = c.Length;
            c.Ret();
            c.Jne(target);
        },
    };

    [Fact]
    public void EncodesAsTheAssemblerDoes()
    {
        foreach (var (expected, write) in Encodings)
        {
            var code = new CodeWriter();
            write(code);
            Assert.Equal(expected, string.Join(' ', code.ToArray().Select(b => b.ToString("X2", CultureInfo.InvariantCulture))));
        }
    }
}
