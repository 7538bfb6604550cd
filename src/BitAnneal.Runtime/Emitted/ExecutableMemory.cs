using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace BitAnneal.Runtime.Emitted;

/// <summary>Machine code in pages of its own: written, then made executable, never both at once. The pages go with the handle.</summary>
internal sealed unsafe partial class ExecutableMemory : SafeHandleZeroOrMinusOneIsInvalid
{
    private readonly nuint length;

    private ExecutableMemory(nint address, nuint length)
        : base(ownsHandle: true)
    {
        SetHandle(address);
        this.length = length;
    }

    /// <summary>Where the code begins, at the start of a page.</summary>
    public nint Address => handle;

    /// <summary>Copies code into executable pages.</summary>
    /// <param name="code">Instructions that run at any address.</param>
    /// <param name="reason">What the system refused, if it did.</param>
    /// <returns>Null where the system refuses.</returns>
    public static ExecutableMemory? Create(ReadOnlySpan<byte> code, out string? reason)
    {
        ExecutableMemory? memory = null;
        try
        {
            memory = Allocate((nuint)code.Length);
            if (memory.IsInvalid)
            {
                reason = $"the system gives no memory for machine code: {Marshal.GetLastPInvokeErrorMessage()}";
            }
            else
            {
                code.CopyTo(new Span<byte>((void*)memory.Address, code.Length));
                reason = memory.MakeExecutable() ? null : $"the system lets no memory become executable: {Marshal.GetLastPInvokeErrorMessage()}";
            }
        }
        catch (Exception e) when (e is DllNotFoundException or EntryPointNotFoundException)
        {
            reason = $"the system offers no executable memory: {e.Message}";
        }

        if (reason is null)
        {
            return memory;
        }

        memory?.Dispose();
        return null;
    }

    /// <inheritdoc/>
    protected override bool ReleaseHandle() =>
        OperatingSystem.IsWindows() ? Windows.VirtualFree(handle, 0, Windows.Release) : Unix.Unmap(handle, length) == 0;

    private static ExecutableMemory Allocate(nuint length) => new(
        OperatingSystem.IsWindows()
            ? Windows.VirtualAlloc(0, length, Windows.Reserve | Windows.Commit, Windows.ReadWrite)
            : Unix.Map(0, length, Unix.Read | Unix.Write, Unix.Private | (OperatingSystem.IsMacOS() ? Unix.AnonymousMac : Unix.Anonymous), -1, 0),
        length);

    private bool MakeExecutable() => OperatingSystem.IsWindows()
        ? Windows.VirtualProtect(handle, length, Windows.ExecuteRead, out _) && Windows.FlushInstructionCache(Windows.GetCurrentProcess(), handle, length)
        : Unix.Protect(handle, length, Unix.Read | Unix.Execute) == 0;

    private static partial class Unix
    {
        public const int Read = 1, Write = 2, Execute = 4, Private = 2, Anonymous = 0x20, AnonymousMac = 0x1000;

        [LibraryImport("libc", EntryPoint = "mmap", SetLastError = true)]
        public static partial nint Map(nint address, nuint length, int protection, int flags, int file, nint offset);

        [LibraryImport("libc", EntryPoint = "mprotect", SetLastError = true)]
        public static partial int Protect(nint address, nuint length, int protection);

        [LibraryImport("libc", EntryPoint = "munmap", SetLastError = true)]
        public static partial int Unmap(nint address, nuint length);
    }

    private static partial class Windows
    {
        public const uint Commit = 0x1000, Reserve = 0x2000, Release = 0x8000, ReadWrite = 0x04, ExecuteRead = 0x20;

        [LibraryImport("kernel32", SetLastError = true)]
        public static partial nint VirtualAlloc(nint address, nuint length, uint type, uint protection);

        [LibraryImport("kernel32", SetLastError = true)]
        [return: MarshalAs(UnmanagedType.Bool)]
        public static partial bool VirtualProtect(nint address, nuint length, uint protection, out uint previous);

        [LibraryImport("kernel32", SetLastError = true)]
        [return: MarshalAs(UnmanagedType.Bool)]
        public static partial bool VirtualFree(nint address, nuint length, uint type);

        [LibraryImport("kernel32")]
        public static partial nint GetCurrentProcess();

        [LibraryImport("kernel32", SetLastError = true)]
        [return: MarshalAs(UnmanagedType.Bool)]
        public static partial bool FlushInstructionCache(nint process, nint address, nuint length);
    }
}
