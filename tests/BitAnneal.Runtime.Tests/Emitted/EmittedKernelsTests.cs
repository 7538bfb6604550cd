using System.Runtime.Intrinsics.X86;
using BitAnneal.Runtime.Emitted;
using BitAnneal.Runtime.Kernels;

namespace BitAnneal.Runtime.Tests.Emitted;

public unsafe class EmittedKernelsTests
{
    [Fact]
    public void ExistExactlyWhereTheProcessorAndTheSwitchesAllow()
    {
        bool off = Environment.GetEnvironmentVariable(EmittedKernels.Variable) == "0";
        if (OperatingSystem.IsLinux() && File.ReadLines("/proc/cpuinfo").FirstOrDefault(l => l.StartsWith("flags", StringComparison.Ordinal)) is { } flags)
        {
            string[] names = flags.Split(' ');
            bool vnni = X86Base.IsSupported && names.Contains("avx512_vnni"), popcount = X86Base.IsSupported && names.Contains("avx512_vpopcntdq");
            Assert.Equal(vnni, Processor.HasVnni);
            Assert.Equal(popcount, Processor.HasPopcount);
            Assert.Equal(X86Base.IsSupported && names.Contains("avx512bw"), Processor.IsAvx512Enabled());
            Assert.Equal(!off && Avx512BW.IsSupported && vnni, EmittedKernels.Instance.Has(EmittedFunction.Dot64));
            Assert.Equal(!off && Avx512BW.IsSupported && popcount, EmittedKernels.Instance.Has(EmittedFunction.CommonBits64));
        }

        Assert.Equal(EmittedKernels.Instance.Reason is null, VnniRunKernel.IsSupported || PopcountRunKernel.IsSupported);
    }

    [Fact]
    public void SwitchedOffTheyAreAbsentAndSayWhy()
    {
        var none = new EmittedKernels("somebody said no");
        Assert.Equal("somebody said no", none.Reason);
        Assert.All(Enum.GetValues<EmittedFunction>(), f => Assert.False(none.Has(f)));
        Assert.All(Enum.GetValues<EmittedFunction>(), f => Assert.Equal(0, none.Address(f)));
    }

    [Fact]
    public void TheSelfCheckRejectsCodeThatComputesNothing()
    {
        if (!VnniRunKernel.IsSupported)
        {
            return; // No machine code here.
        }

        var code = new CodeWriter();
        code.Ret();
        using var memory = ExecutableMemory.Create(code.ToArray(), out _);
        Assert.NotNull(memory);
        Assert.False(SelfCheck.Agrees(memory.Address, new ScalarRunKernel(4, 64, weightBias: 128)));
        Assert.False(SelfCheck.Agrees(memory.Address, new ScalarVectorKernel(2)));
        Assert.False(SelfCheck.Agrees(EmittedKernels.Instance.Entry(EmittedFunction.Dot64), new ScalarRunKernel(4, 64)));
    }

    [Fact]
    public void TheWindowsFormPassesTheSameCheck()
    {
        if (!VnniRunKernel.IsSupported)
        {
            return; // The instructions are missing or switched off.
        }

        var code = new CodeWriter();
        new RunEmitter(4, 4).EmitDot(code, new Frame(windows: true));
        using var memory = ExecutableMemory.Create(code.ToArray(), out _);
        Assert.NotNull(memory);
        byte[] input = [.. Enumerable.Range(0, 64).Select(i => (byte)(i * 37))], panel = [.. Enumerable.Range(0, 3 * 256).Select(i => (byte)(i * 101))];
        int[] places = [0, 4, 8, 12], runs = [0], expected = new int[256], actual = new int[256];
        fixed (byte* inputStart = input, panelStart = panel)
        fixed (int* placesStart = places, runsStart = runs, expectedStart = expected, actualStart = actual)
        {
            var tile = new RunTile { Input = inputStart, Places = placesStart, Runs = runsStart, RunCount = 1, RunLength = 3, Panel = panelStart, Sums = expectedStart };
            new ScalarRunKernel(4, 64, weightBias: 128).Run(in tile);
            tile.Sums = actualStart;
            var arguments = new RunArguments(in tile, tiles: 1);
            if (OperatingSystem.IsWindows())
            {
                ((delegate* unmanaged<RunArguments*, void>)memory.Address)(&arguments);
            }
            else
            {
                // System V passes the fourth argument where Windows passes the first.
                ((delegate* unmanaged<nint, nint, nint, RunArguments*, void>)memory.Address)(0, 0, 0, &arguments);
            }
        }

        Assert.Equal(expected, actual);
    }
}
