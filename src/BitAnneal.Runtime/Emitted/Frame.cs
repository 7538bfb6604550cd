namespace BitAnneal.Runtime.Emitted;

/// <summary>
/// Entry and exit of an emitted function <c>void f(void* arguments)</c> under either calling convention of x86-64. In between every general
/// register but <see cref="Gpr.Rsp"/> and every vector register is free.
/// </summary>
/// <param name="windows">Windows passes the argument in rcx and wants rsi, rdi and xmm6 to xmm15 preserved; System V passes it in rdi.</param>
internal sealed class Frame(bool windows)
{
    private const int FirstVector = 6, Vectors = 10, VectorBytes = 16;

    private readonly Gpr[] saved = windows
        ? [Gpr.Rbx, Gpr.Rbp, Gpr.Rsi, Gpr.Rdi, Gpr.R12, Gpr.R13, Gpr.R14, Gpr.R15]
        : [Gpr.Rbx, Gpr.Rbp, Gpr.R12, Gpr.R13, Gpr.R14, Gpr.R15];

    /// <summary>Saves what the caller expects back, and moves the argument to rax.</summary>
    public void Enter(CodeWriter code)
    {
        foreach (var register in saved)
        {
            code.Push(register);
        }

        if (windows)
        {
            code.Sub(Gpr.Rsp, Vectors * VectorBytes);
            for (int i = 0; i < Vectors; i++)
            {
                code.Vmovdqu128(new Address(Gpr.Rsp, i * VectorBytes), FirstVector + i);
            }
        }

        code.Mov(Gpr.Rax, windows ? Gpr.Rcx : Gpr.Rdi);
    }

    /// <summary>Restores and returns.</summary>
    public void Leave(CodeWriter code)
    {
        code.Vzeroupper();
        if (windows)
        {
            for (int i = 0; i < Vectors; i++)
            {
                code.Vmovdqu128(FirstVector + i, new Address(Gpr.Rsp, i * VectorBytes));
            }

            code.Add(Gpr.Rsp, Vectors * VectorBytes);
        }

        foreach (var register in saved.Reverse())
        {
            code.Pop(register);
        }

        code.Ret();
    }
}
