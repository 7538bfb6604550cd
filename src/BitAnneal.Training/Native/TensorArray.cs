namespace BitAnneal.Training.Native;

/// <summary>Native handles of tensors in a row.</summary>
internal readonly record struct TensorArray(nint Handles, long Count);
