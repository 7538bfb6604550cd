using System.Runtime.InteropServices;

namespace BitAnneal.Training.Native;

/// <summary>Entry points of the native libraries that TorchSharp does not bind, or not without a copy.</summary>
internal static unsafe partial class NativeMethods
{
    /// <summary>The first element of a tensor's memory. The tensor must be kept alive while the pointer is used.</summary>
    [LibraryImport("LibTorchSharp", EntryPoint = "THSTensor_data")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.AssemblyDirectory | DllImportSearchPath.SafeDirectories)]
    public static partial nint TensorData(nint tensor);

    /// <summary>Splits a range over libtorch's own thread pool, so that no second pool competes with it.</summary>
    [LibraryImport("torch_cpu", EntryPoint = "torch_parallel_for")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.AssemblyDirectory | DllImportSearchPath.SafeDirectories)]
    public static partial int ParallelFor(long begin, long end, long grain, delegate* unmanaged[Cdecl]<long, long, void*, void> body, void* context);

    /// <summary>Sets a variable for native code: what .NET sets, native code does not see.</summary>
    [LibraryImport("libc", EntryPoint = "setenv", StringMarshalling = StringMarshalling.Utf8)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    public static partial int SetEnvironment(string name, string value, int overwrite);

    /// <summary>Tunes the C library's allocator.</summary>
    [LibraryImport("libc", EntryPoint = "mallopt")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    public static partial int SetAllocator(int parameter, int value);
}
