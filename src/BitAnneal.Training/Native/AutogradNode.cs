using System.Runtime.InteropServices;
using static TorchSharp.torch;

namespace BitAnneal.Training.Native;

/// <summary>A node of the autograd graph for an operation that is carried out here.</summary>
/// <remarks>
/// TorchSharp's own functions stand on the same native node, but hold a second buffer of the size of every output, what was saved, and all
/// gradients that went through until the whole graph is gone. Here each is free as soon as it is used.
/// </remarks>
internal sealed unsafe class AutogradNode
{
    /// <summary>The node whose results native code has copied by the time that another node runs on this thread: it has no later call that says so.</summary>
    [ThreadStatic]
    private static AutogradNode? latest;

    private readonly IAutogradFunction function;
    private readonly ApplyCallback apply;
    private readonly DeletedCallback deleted;
    private readonly AllocateCallback allocate;
    private readonly nint* slots; // Room for the handles of inputs or outputs.
    private Tensor?[] results = [];
    private GCHandle self; // Native code holds the callbacks only.

    private AutogradNode(IAutogradFunction function, int room)
    {
        this.function = function;
        (apply, deleted, allocate) = (Apply, Deleted, Allocate);
        slots = (nint*)NativeMemory.AllocZeroed((nuint)room, (nuint)sizeof(nint));
        self = GCHandle.Alloc(this);
    }

    private delegate TensorArray ApplyCallback(nint* gradients, int count);

    private delegate void DeletedCallback();

    private delegate nint AllocateCallback(nuint count);

    /// <summary>Whether a gradient can reach one of these tensors.</summary>
    public static bool IsNeeded(params ReadOnlySpan<Tensor> inputs)
    {
        bool needed = false;
        foreach (var input in inputs)
        {
            needed |= input.requires_grad;
        }

        return needed && is_grad_enabled();
    }

    /// <summary>Puts a function between tensors and what was computed from them.</summary>
    /// <param name="function">The function, which the node takes over.</param>
    /// <param name="inputs">What the outputs were computed from.</param>
    /// <param name="outputs">New tensors without a history. They are replaced by tensors of the same memory.</param>
    /// <returns>The outputs as parts of the graph.</returns>
    public static Tensor[] Connect(IAutogradFunction function, Tensor[] inputs, Tensor[] outputs)
    {
        var node = new AutogradNode(function, Math.Max(inputs.Length, outputs.Length));
        var native = NativeMethods.NodeCreate(Marshal.GetFunctionPointerForDelegate(node.apply), Marshal.GetFunctionPointerForDelegate(node.deleted));
        nint[] from = [.. inputs.Select(t => t.Handle)], to = [.. outputs.Select(t => t.Handle)];
        fixed (nint* fromHandles = from, toHandles = to)
        {
            var inputArray = new TensorArray((nint)fromHandles, from.Length);
            NativeMethods.NodeSetInputs(native, inputArray, 1);
            NativeMethods.NodeSetOutputs(inputArray, default, default, new TensorArray((nint)toHandles, to.Length), native, Marshal.GetFunctionPointerForDelegate(node.allocate));
        }

        var connected = new Tensor[outputs.Length];
        for (int i = 0; i < outputs.Length; i++)
        {
            connected[i] = node.slots[i] != 0 ? Tensor.UnsafeCreateTensor(node.slots[i]) : throw new InvalidOperationException("the autograd graph took no new node");
            outputs[i].Dispose();
        }

        NativeMethods.NodeForget(native);
        NativeMethods.NodeRelease(native); // From here on the outputs alone hold the node.
        GC.KeepAlive(inputs);
        GC.KeepAlive(node);
        return connected;
    }

    private TensorArray Apply(nint* gradients, int count)
    {
        latest?.ReleaseResults();
        latest = this;
        using var scope = NewDisposeScope();
        var given = new Tensor?[count];
        for (int i = 0; i < count; i++)
        {
            given[i] = gradients[i] == 0 ? null : Tensor.UnsafeCreateTensor(gradients[i]);
        }

        using (no_grad())
        {
            results = function.Backward(given);
        }

        for (int i = 0; i < results.Length; i++)
        {
            slots[i] = results[i]?.DetachFromDisposeScope().Handle ?? 0;
        }

        return new TensorArray((nint)slots, results.Length);
    }

    private nint Allocate(nuint count) => (nint)slots;

    private void Deleted()
    {
        ReleaseResults();
        function.Dispose();
        NativeMemory.Free(slots);
        self.Free();
    }

    private void ReleaseResults()
    {
        foreach (var result in results)
        {
            result?.Dispose();
        }

        results = [];
    }
}
