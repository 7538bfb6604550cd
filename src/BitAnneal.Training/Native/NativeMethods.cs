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

    /// <summary>TorchSharp's native node: <paramref name="apply"/> gets the gradients of its outputs, <paramref name="deleted"/> is told when it goes.</summary>
    [LibraryImport("LibTorchSharp", EntryPoint = "THSAutograd_CSharpNode_ctor")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.AssemblyDirectory | DllImportSearchPath.SafeDirectories)]
    public static partial NodePointer NodeCreate(nint apply, nint deleted);

    /// <summary>Leads the node's gradients to the tensors that it was computed from.</summary>
    [LibraryImport("LibTorchSharp", EntryPoint = "THSAutograd_CSharpNode_setNextEdges")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.AssemblyDirectory | DllImportSearchPath.SafeDirectories)]
    public static partial void NodeSetInputs(NodePointer node, TensorArray inputs, byte isExecutable);

    /// <summary>Makes the node the origin of its outputs. New handles of them are written where <paramref name="allocate"/> says.</summary>
    [LibraryImport("LibTorchSharp", EntryPoint = "THSAutograd_Function_wrapOutputs")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.AssemblyDirectory | DllImportSearchPath.SafeDirectories)]
    public static partial void NodeSetOutputs(
        TensorArray inputs, TensorArray notDifferentiable, TensorArray changed, TensorArray outputs, NodePointer node, nint allocate);

    /// <summary>Gives up the strong reference of the creator.</summary>
    [LibraryImport("LibTorchSharp", EntryPoint = "THSAutograd_CSharpNode_disposeSharedPtr")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.AssemblyDirectory | DllImportSearchPath.SafeDirectories)]
    public static partial void NodeRelease(NodePointer node);

    /// <summary>Gives up the weak reference of the creator.</summary>
    [LibraryImport("LibTorchSharp", EntryPoint = "THSAutograd_CSharpNode_disposeWeakPtr")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.AssemblyDirectory | DllImportSearchPath.SafeDirectories)]
    public static partial void NodeForget(NodePointer node);

    /// <summary>Sets a variable for native code: what .NET sets, native code does not see.</summary>
    [LibraryImport("libc", EntryPoint = "setenv", StringMarshalling = StringMarshalling.Utf8)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    public static partial int SetEnvironment(string name, string value, int overwrite);

    /// <summary>Tunes the C library's allocator.</summary>
    [LibraryImport("libc", EntryPoint = "mallopt")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    public static partial int SetAllocator(int parameter, int value);
}
