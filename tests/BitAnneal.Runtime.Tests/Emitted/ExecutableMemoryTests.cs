using System.Globalization;
using System.Runtime.InteropServices;
using BitAnneal.Runtime.Emitted;

namespace BitAnneal.Runtime.Tests.Emitted;

public unsafe class ExecutableMemoryTests
{
    [Fact]
    public void RunsCodeAndIsNeverWritableAndExecutable()
    {
        byte[] code = RuntimeInformation.ProcessArchitecture switch
        {
            Architecture.X64 => [0xB8, 42, 0, 0, 0, 0xC3], // mov eax, 42; ret
            _ => [],
        };
        if (code.Length == 0)
        {
            return; // Code is emitted for x86-64 only.
        }

        using var memory = ExecutableMemory.Create(code, out string? reason);
        Assert.Null(reason);
        Assert.NotNull(memory);
        Assert.Equal(42, ((delegate* unmanaged<int>)memory.Address)());
        if (OperatingSystem.IsLinux())
        {
            Assert.StartsWith("r-x", Permissions(memory.Address), StringComparison.Ordinal);
        }
    }

    [Fact]
    public void SaysWhyThereIsNoMemory()
    {
        // Nothing maps zero bytes.
        Assert.Null(ExecutableMemory.Create([], out string? reason));
        Assert.Contains("machine code", reason, StringComparison.Ordinal);
    }

    private static string Permissions(nint address) => File.ReadLines("/proc/self/maps")
        .Select(line => line.Split(' ', 3))
        .Single(parts => parts[0].Split('-') is [var low, var high] && Hex(low) <= address && address < Hex(high))[1];

    private static long Hex(string text) => long.Parse(text, NumberStyles.HexNumber, CultureInfo.InvariantCulture);
}
