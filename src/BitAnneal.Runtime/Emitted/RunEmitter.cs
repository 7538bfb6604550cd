namespace BitAnneal.Runtime.Emitted;

/// <summary>
/// Emits kernels over runs. A group is 4 bytes of codes and one vector of weights for every 16 output channels; the sums of all places and
/// channels stay in registers from the first run to the last.
/// </summary>
/// <param name="places">Output places, at most <see cref="MaxPlaces"/>.</param>
/// <param name="vectors">Vectors of 16 output channels.</param>
internal sealed class RunEmitter(int places, int vectors)
{
    /// <summary>There are ten registers for the addresses of places.</summary>
    public const int MaxPlaces = 10;

    private const int VectorBytes = 64, GroupBytes = 4, Registers = 32;
    private const Gpr Arguments = Gpr.Rax, Count = Gpr.Rcx, Offset = Gpr.Rdx, Run = Gpr.Rbx, Weights = Gpr.Rsi;

    private static readonly Gpr[] PlaceRegisters =
        [Gpr.Rdi, Gpr.Rbp, Gpr.R8, Gpr.R9, Gpr.R10, Gpr.R11, Gpr.R12, Gpr.R13, Gpr.R14, Gpr.R15];

    private int Spare => places * vectors + vectors; // Vector registers: sums, weights, the rest.

    private int Mask => Spare + vectors; // Behind packed weights, where there are any.

    /// <summary>Sums of products of four unsigned bytes of input with four signed bytes of weights.</summary>
    public void EmitDot(CodeWriter code, Frame frame) => Emit(code, frame, 1, () =>
    {
        LoadWeights(code, Weight(0));
        Multiply(code, 0, Spare);
    });

    /// <summary>
    /// The same with weights of 1, 2 or 4 bits, of which a byte holds those of 8, 4 or 2 groups, the first in the lowest bits: a shift and a mask cut them out.
    /// </summary>
    public void EmitPackedDot(CodeWriter code, Frame frame, int bits) => Emit(code, frame, 8 / bits, () =>
    {
        LoadWeights(code, Spare);
        for (int field = 0; field < 8 / bits; field++)
        {
            for (int v = 0; v < vectors; v++)
            {
                if (field > 0)
                {
                    code.Vpsrld(Weight(v), Spare + v, field * bits);
                }

                code.Vpandd(Weight(v), field > 0 ? Weight(v) : Spare + v, Mask);
            }

            Multiply(code, field, Mask + 1);
        }
    });

    /// <summary>Counts of the bits that 32 bits of input and 32 bits of weights have in common.</summary>
    public void EmitCommonBits(CodeWriter code, Frame frame) => Emit(code, frame, 1, () =>
    {
        LoadWeights(code, Weight(0));
        for (int i = 0; i < places * vectors; i++)
        {
            int bits = Spare + i % (Registers - Spare);
            code.Vpandd(bits, Weight(i % vectors), Codes(i / vectors, 0));
            code.Vpopcntd(bits, bits);
            code.Vpaddd(i, i, bits);
        }
    });

    private static Address Codes(int place, int group) => new(PlaceRegisters[place], group * GroupBytes, Offset);

    private int Sum(int place, int vector) => place * vectors + vector;

    private int Weight(int vector) => places * vectors + vector;

    private void LoadWeights(CodeWriter code, int first)
    {
        for (int v = 0; v < vectors; v++)
        {
            code.Vmovdqu32(first + v, new Address(Weights, v * VectorBytes));
        }
    }

    /// <summary>Products of a group of all places with the weights.</summary>
    private void Multiply(CodeWriter code, int group, int spare)
    {
        for (int p = 0; p < places; p++)
        {
            int input = spare + p % (Registers - spare);
            code.Vpbroadcastd(input, Codes(p, group));
            for (int v = 0; v < vectors; v++)
            {
                code.Vpdpbusd(Sum(p, v), input, Weight(v));
            }
        }
    }

    private void Emit(CodeWriter code, Frame frame, int groups, Action step)
    {
        frame.Enter(code);
        if (groups > 1)
        {
            code.Vpbroadcastd(Mask, new Address(Arguments, RunArguments.MaskOffset));
        }

        int nextTile = code.Length;
        code.Mov(Count, new Address(Arguments, RunArguments.PlacesOffset));
        code.Mov(Offset, new Address(Arguments, RunArguments.InputOffset));
        for (int p = 0; p < places; p++)
        {
            code.Movsxd(PlaceRegisters[p], new Address(Count, p * sizeof(int)));
            code.Add(PlaceRegisters[p], Offset);
            for (int v = 0; v < vectors; v++)
            {
                code.Vpxord(Sum(p, v), Sum(p, v), Sum(p, v));
            }
        }

        code.Mov(Run, new Address(Arguments, RunArguments.RunsOffset));
        code.Mov(Weights, new Address(Arguments, RunArguments.PanelOffset));
        int nextRun = code.Length;
        code.Movsxd(Offset, new Address(Run));
        code.Mov(Count, new Address(Arguments, RunArguments.StepsOffset));
        int nextStep = code.Length;
        step();
        code.Add(Weights, vectors * VectorBytes);
        code.Add(Offset, groups * GroupBytes);
        code.Dec(Count);
        code.Jne(nextStep);
        code.Add(Run, sizeof(int));
        code.Cmp(Run, new Address(Arguments, RunArguments.RunsEndOffset));
        code.Jne(nextRun);
        code.Mov(Offset, new Address(Arguments, RunArguments.SumsOffset));
        for (int i = 0; i < places * vectors; i++)
        {
            code.Vmovdqu32(new Address(Offset, i * VectorBytes), i);
        }

        code.Add(Offset, places * vectors * VectorBytes);
        code.Mov(new Address(Arguments, RunArguments.SumsOffset), Offset);
        code.Mov(Count, new Address(Arguments, RunArguments.PlacesOffset));
        code.Add(Count, places * sizeof(int));
        code.Mov(new Address(Arguments, RunArguments.PlacesOffset), Count);
        code.Mov(Count, new Address(Arguments, RunArguments.TilesOffset));
        code.Dec(Count);
        code.Mov(new Address(Arguments, RunArguments.TilesOffset), Count); // Leaves the flags.
        code.Jne(nextTile);
        frame.Leave(code);
    }
}
