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

    /// <summary>Sums of products of four unsigned bytes of input with four signed bytes of weights.</summary>
    public void EmitDot(CodeWriter code, Frame frame) => Emit(code, frame, place =>
    {
        int input = Spare + place % (Registers - Spare);
        code.Vpbroadcastd(input, Codes(place));
        for (int v = 0; v < vectors; v++)
        {
            code.Vpdpbusd(Sum(place, v), input, Weight(v));
        }
    });

    /// <summary>Counts of the bits that 32 bits of input and 32 bits of weights have in common.</summary>
    public void EmitCommonBits(CodeWriter code, Frame frame) => Emit(code, frame, place =>
    {
        for (int v = 0; v < vectors; v++)
        {
            int bits = Spare + (place * vectors + v) % (Registers - Spare);
            code.Vpandd(bits, Weight(v), Codes(place));
            code.Vpopcntd(bits, bits);
            code.Vpaddd(Sum(place, v), Sum(place, v), bits);
        }
    });

    private static Address Codes(int place) => new(PlaceRegisters[place], Index: Offset);

    private int Sum(int place, int vector) => place * vectors + vector;

    private int Weight(int vector) => places * vectors + vector;

    private void Emit(CodeWriter code, Frame frame, Action<int> multiply)
    {
        frame.Enter(code);
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
        code.Mov(Count, new Address(Arguments, RunArguments.RunLengthOffset));
        int nextGroup = code.Length;
        for (int v = 0; v < vectors; v++)
        {
            code.Vmovdqu32(Weight(v), new Address(Weights, v * VectorBytes));
        }

        for (int p = 0; p < places; p++)
        {
            multiply(p);
        }

        code.Add(Weights, vectors * VectorBytes);
        code.Add(Offset, GroupBytes);
        code.Dec(Count);
        code.Jne(nextGroup);
        code.Add(Run, sizeof(int));
        code.Cmp(Run, new Address(Arguments, RunArguments.RunsEndOffset));
        code.Jne(nextRun);
        code.Mov(Offset, new Address(Arguments, RunArguments.SumsOffset));
        for (int i = 0; i < places * vectors; i++)
        {
            code.Vmovdqu32(new Address(Offset, i * VectorBytes), i);
        }

        frame.Leave(code);
    }
}
