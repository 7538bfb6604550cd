using System.Runtime.InteropServices;

namespace BitAnneal.Runtime.Emitted;

/// <summary>
/// The inner loops for which .NET 10 has no intrinsics (AVX512_VNNI and AVX512_VPOPCNTDQ), written as machine code at run time, once per process, on
/// first use. Where the processor, the system, a switch or the self check says no, there are none, and managed kernels run. Once the
/// intrinsics exist, this folder can go.
/// </summary>
internal sealed class EmittedKernels
{
    /// <summary>Switch of <see cref="AppContext"/> that turns emitted kernels off when false.</summary>
    public const string Switch = "BitAnneal.EmittedKernels";

    /// <summary>Environment variable that turns emitted kernels off when 0.</summary>
    public const string Variable = "BITANNEAL_EMIT";

    private const int FunctionAlignment = 64;

    private static readonly Lazy<EmittedKernels> Shared = new(() => new EmittedKernels(SwitchedOff()));

    private readonly ExecutableMemory? memory;
    private readonly int[] offsets = new int[Enum.GetValues<EmittedFunction>().Length];

    /// <summary>Emits and checks all that this processor can run.</summary>
    /// <param name="refusal">Why nothing shall be emitted, or null.</param>
    internal EmittedKernels(string? refusal)
    {
        Array.Fill(offsets, -1);
        Reason = refusal ?? Missing();
        if (Reason is not null)
        {
            return;
        }

        memory = ExecutableMemory.Create(Emit(), out string? denied);
        Reason = denied ?? SelfCheck.Fault(this);
    }

    /// <summary>The kernels of this process.</summary>
    public static EmittedKernels Instance => Shared.Value;

    /// <summary>Why there are no emitted kernels; null where there are.</summary>
    public string? Reason { get; }

    /// <summary>Whether a function can be called.</summary>
    public bool Has(EmittedFunction function) => Reason is null && offsets[(int)function] >= 0;

    /// <summary>Where a function begins.</summary>
    /// <exception cref="InvalidOperationException">It was not emitted.</exception>
    public nint Entry(EmittedFunction function) => Has(function)
        ? Address(function)
        : throw new InvalidOperationException($"{function} was not emitted: {Reason ?? "the processor lacks its instructions"}");

    /// <summary>Where a function begins, checked or not; 0 where it was not emitted.</summary>
    internal nint Address(EmittedFunction function) => memory is null || offsets[(int)function] < 0 ? 0 : memory.Address + offsets[(int)function];

    private static string? SwitchedOff() =>
        AppContext.TryGetSwitch(Switch, out bool on) && !on ? $"the switch {Switch} is off"
        : Environment.GetEnvironmentVariable(Variable) == "0" ? $"{Variable} is 0"
        : null;

    /// <summary>What emitted code in general needs.</summary>
    private static string? Missing() =>
        RuntimeInformation.ProcessArchitecture != Architecture.X64 ? "the process is not x86-64"
        : !Processor.HasAvx512 ? "AVX-512 is missing or switched off"
        : !Processor.HasVnni && !Processor.HasPopcount ? "the processor has neither AVX512_VNNI nor AVX512_VPOPCNTDQ"
        : null;

    private byte[] Emit()
    {
        var code = new CodeWriter();
        var frame = new Frame(OperatingSystem.IsWindows());
        void Add(EmittedFunction function, bool supported, Action<CodeWriter, Frame> emit)
        {
            if (supported)
            {
                code.Align(FunctionAlignment);
                offsets[(int)function] = code.Length;
                emit(code, frame);
            }
        }

        foreach (var shape in EmittedShape.All)
        {
            var emitter = new RunEmitter(shape.Places, shape.Vectors);
            Add(shape.Dot, Processor.HasVnni, emitter.EmitDot);
            Add(shape.CommonBits, Processor.HasPopcount, emitter.EmitCommonBits);
            foreach (int bits in new[] { 1, 2, 4 })
            {
                Add(shape.Packed(bits), Processor.HasVnni, (code, frame) => emitter.EmitPackedDot(code, frame, bits));
            }
        }

        foreach (int bits in new[] { 1, 2, 4 })
        {
            Add(VectorEmitter.Function(bits), Processor.HasVnni, new VectorEmitter(bits).Emit);
        }

        return code.ToArray();
    }
}
