using System.Runtime.Intrinsics.X86;
using BitAnneal.Graphs;

namespace BitAnneal.Runtime.Kernels;

/// <summary>Chooses the kernels.</summary>
internal static class KernelFactory
{
    /// <summary>Environment variable that forces a kernel where the options leave the choice open.</summary>
    public const string Variable = "BITANNEAL_KERNEL";

    /// <summary>What was asked for: the environment variable's set where the options leave the choice open.</summary>
    /// <exception cref="BitAnnealException">The variable names no kernel.</exception>
    public static KernelSet Requested(KernelSet set) =>
        set == KernelSet.Auto && Environment.GetEnvironmentVariable(Variable) is { Length: > 0 } forced ? Named(forced) : set;

    /// <summary>What that comes to on this machine: never <see cref="KernelSet.Auto"/>.</summary>
    /// <exception cref="BitAnnealException">The variable names no kernel, or the machine lacks the instructions.</exception>
    public static KernelSet Resolve(KernelSet set)
    {
        set = Requested(set);
        return set switch
        {
            KernelSet.Vector256 when !Avx2.IsSupported => throw Unsupported("vector256", "AVX2"),
            KernelSet.Avx512 when !Avx512BW.IsSupported => throw Unsupported("avx512", "AVX-512 BW"),
            KernelSet.Auto => Avx512BW.IsSupported ? KernelSet.Avx512 : Avx2.IsSupported ? KernelSet.Vector256 : KernelSet.Scalar,
            _ => set,
        };
    }

    /// <summary>The kernel of a set for layers with real activations.</summary>
    public static RealKernel CreateReal(KernelSet set) => set switch
    {
        KernelSet.Avx512 => new RealAvx512Kernel(),
        KernelSet.Vector256 when Fma.IsSupported => new RealVector256Kernel(),
        _ => new RealScalarKernel(),
    };

    /// <summary>The kernel of a set for layers that no family over packed codes serves.</summary>
    public static IntegerKernel Create(KernelSet set) => set switch
    {
        KernelSet.Avx512 => new Avx512Kernel(),
        KernelSet.Vector256 => new Vector256Kernel(),
        _ => new ScalarKernel(),
    };

    private static KernelSet Named(string name) => name switch
    {
        "scalar" => KernelSet.Scalar,
        "vector256" => KernelSet.Vector256,
        "avx512" => KernelSet.Avx512,
        _ => throw new BitAnnealException($"{Variable} names the unknown kernel '{name}'{NearestName.Hint(name, ["scalar", "vector256", "avx512"])} (known: scalar, vector256, avx512)"),
    };

    private static BitAnnealException Unsupported(string kernel, string instructions) =>
        new($"the kernel '{kernel}' needs {instructions}, which this machine lacks; unset {Variable} or choose another");
}
