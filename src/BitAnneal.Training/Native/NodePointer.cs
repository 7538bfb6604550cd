namespace BitAnneal.Training.Native;

/// <summary>What TorchSharp's native side says of a node: a strong and a weak reference on the native heap.</summary>
internal readonly record struct NodePointer(nint Strong, nint Weak);
