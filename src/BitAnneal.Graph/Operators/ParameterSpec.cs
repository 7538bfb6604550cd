namespace BitAnneal.Graphs.Operators;

/// <summary>A parameter that an operator asks for. Its full name is the node's name, a dot and the role.</summary>
/// <param name="Role">For example <c>weight</c>.</param>
/// <param name="Shape">Full shape.</param>
/// <param name="Kind">What the parameter is for.</param>
public sealed record ParameterSpec(string Role, TensorShape Shape, ParameterKind Kind);
