namespace BitAnneal.Runtime.Emitted;

/// <summary>A place in memory: base + index + displacement, in bytes.</summary>
/// <param name="Base">Base register.</param>
/// <param name="Displacement">Constant part.</param>
/// <param name="Index">Index register; <see cref="Gpr.Rsp"/> cannot be one and stands for none, as in the encoding.</param>
internal readonly record struct Address(Gpr Base, int Displacement = 0, Gpr Index = Gpr.Rsp);
