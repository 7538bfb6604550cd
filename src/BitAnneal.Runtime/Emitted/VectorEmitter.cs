namespace BitAnneal.Runtime.Emitted;

/// <summary>
/// Emits a kernel for a matrix times one vector. A mask cuts one code out of every byte and leaves it where it stands, so its sum is too
/// large by a power of two; every place in the byte has sums of its own, which are shifted right, exactly, at the end. With eight places, four sums serve: the
/// upper half of a byte is shifted down first.
/// </summary>
/// <param name="bits">Bits of a weight code: 1, 2 or 4.</param>
internal sealed class VectorEmitter(int bits)
{
    private const int VectorBytes = 64, Vectors = 4, MostFields = 4, Registers = 32;
    private const int PrefetchBytes = 2048; // By measurement: a fifth less time where the matrix lies in the third cache, none lost elsewhere.
    private const Gpr Arguments = Gpr.Rax, Count = Gpr.Rcx, Input = Gpr.Rdx, Weights = Gpr.Rsi;

    private readonly int fields = Math.Min(8 / bits, MostFields);

    private int Halves => 8 / bits / fields;

    private int FirstMask => Vectors * fields;

    private int FirstInput => FirstMask + fields;

    private int FirstWeights => FirstInput + fields;

    private int FirstSpare => FirstWeights + Vectors;

    /// <summary>Writes the function.</summary>
    public void Emit(CodeWriter code, Frame frame)
    {
        frame.Enter(code);
        for (int i = 0; i < FirstMask; i++)
        {
            code.Vpxord(i, i, i);
        }

        code.Vpbroadcastd(FirstMask, new Address(Arguments, VectorArguments.MaskOffset));
        for (int field = 1; field < fields; field++)
        {
            code.Vpslld(FirstMask + field, FirstMask, field * bits);
        }

        code.Mov(Input, new Address(Arguments, VectorArguments.InputOffset));
        code.Mov(Weights, new Address(Arguments, VectorArguments.PanelOffset));
        code.Mov(Count, new Address(Arguments, VectorArguments.BlocksOffset));
        int loop = code.Length;
        for (int half = 0; half < Halves; half++)
        {
            Multiply(code, half);
        }

        code.Add(Weights, Vectors * VectorBytes);
        code.Add(Input, Halves * fields * sizeof(int));
        code.Dec(Count);
        code.Jne(loop);
        Store(code);
        frame.Leave(code);
    }

    private int Sum(int vector, int field) => vector * fields + field;

    private void Multiply(CodeWriter code, int half)
    {
        for (int field = 0; field < fields; field++)
        {
            code.Vpbroadcastd(FirstInput + field, new Address(Input, (half * fields + field) * sizeof(int)));
        }

        for (int v = 0; v < Vectors; v++)
        {
            int weights = FirstWeights + v;
            if (half == 0)
            {
                code.Vmovdqu32(weights, new Address(Weights, v * VectorBytes));
                code.Prefetcht0(new Address(Weights, v * VectorBytes + PrefetchBytes));
            }
            else
            {
                code.Vpsrld(weights, weights, fields * bits);
            }

            for (int field = 0; field < fields; field++)
            {
                int codes = FirstSpare + (v * fields + field) % (Registers - FirstSpare);
                code.Vpandd(codes, weights, FirstMask + field);
                code.Vpdpbusd(Sum(v, field), codes, FirstInput + field);
            }
        }
    }

    private void Store(CodeWriter code)
    {
        code.Mov(Weights, new Address(Arguments, VectorArguments.SumsOffset));
        for (int v = 0; v < Vectors; v++)
        {
            for (int field = 1; field < fields; field++)
            {
                code.Vpsrad(Sum(v, field), Sum(v, field), field * bits);
                code.Vpaddd(Sum(v, 0), Sum(v, 0), Sum(v, field));
            }

            code.Vmovdqu32(new Address(Weights, v * VectorBytes), Sum(v, 0));
        }
    }

    /// <summary>The function of a width.</summary>
    public static EmittedFunction Function(int bits) => bits switch
    {
        1 => EmittedFunction.Vector1,
        2 => EmittedFunction.Vector2,
        _ => EmittedFunction.Vector4,
    };
}
