using BitAnneal.Runtime.Emitted;

namespace BitAnneal.Bench;

/// <summary>What the processor can do at best: the instructions of a kernel on registers alone.</summary>
internal static unsafe class Peak
{
    private const int Steps = 4000, Sums = 24, VectorBits = 512;

    /// <summary>Sums of products of bytes.</summary>
    public static Candidate Dot() => Loop("peak of vpdpbusd", VectorBits / 8, (code, sum) => code.Vpdpbusd(sum, 24, 25));

    /// <summary>Counts of common bits.</summary>
    public static Candidate CommonBits() => Loop("peak of vpandd, vpopcntd, vpaddd", VectorBits, (code, sum) =>
    {
        int bits = 26 + sum % 6;
        code.Vpandd(bits, 24, 25);
        code.Vpopcntd(bits, bits);
        code.Vpaddd(sum, sum, bits);
    });

    private static Candidate Loop(string name, int products, Action<CodeWriter, int> add)
    {
        var code = new CodeWriter();
        var frame = new Frame(OperatingSystem.IsWindows());
        frame.Enter(code);
        code.Mov(Gpr.Rcx, new Address(Gpr.Rax));
        int loop = code.Length;
        for (int sum = 0; sum < Sums; sum++)
        {
            add(code, sum);
        }

        code.Dec(Gpr.Rcx);
        code.Jne(loop);
        frame.Leave(code);
        var memory = ExecutableMemory.Create(code.ToArray(), out string? reason) ?? throw new InvalidOperationException(reason);
        return new Candidate(name, 2.0 * Steps * Sums * products, () =>
        {
            long steps = Steps;
            ((delegate* unmanaged<long*, void>)memory.Address)(&steps);
            GC.KeepAlive(memory);
        });
    }
}
