using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace BitAnneal.Runtime.Kernels;

/// <summary>Memory between two pages that may not be touched. Linux only, and slow: for programs that look for accesses out of bounds.</summary>
internal sealed unsafe partial class GuardedPages : SafeHandleZeroOrMinusOneIsInvalid
{
    private const int Alignment = 64, ReadWrite = 3, PrivateAnonymous = 0x22;

    private readonly nuint length;

    /// <summary>Allocates zeros that end where the forbidden page begins, but for what the alignment takes.</summary>
    /// <param name="count">Bytes.</param>
    public GuardedPages(int count)
        : base(ownsHandle: true)
    {
        nuint page = (nuint)Environment.SystemPageSize, used = ((nuint)count + page - 1) / page * page;
        length = used + 2 * page;
        SetHandle(Map(0, length, 0, PrivateAnonymous, -1, 0));
        if (IsInvalid || Protect(handle + (nint)page, used, ReadWrite) != 0)
        {
            throw new InvalidOperationException("the system gives no guarded memory");
        }

        Start = (byte*)handle + page + used - (nuint)((count + Alignment - 1) & -Alignment);
    }

    /// <summary>First byte, on a boundary of 64.</summary>
    public byte* Start { get; }

    /// <inheritdoc/>
    protected override bool ReleaseHandle() => Unmap(handle, length) == 0;

    [LibraryImport("libc", EntryPoint = "mmap", SetLastError = true)]
    private static partial nint Map(nint address, nuint length, int protection, int flags, int file, nint offset);

    [LibraryImport("libc", EntryPoint = "mprotect", SetLastError = true)]
    private static partial int Protect(nint address, nuint length, int protection);

    [LibraryImport("libc", EntryPoint = "munmap", SetLastError = true)]
    private static partial int Unmap(nint address, nuint length);
}
