using System.Collections.Immutable;
using BitAnneal.Graphs;
using BitAnneal.Runtime.Steps;

namespace BitAnneal.Runtime.Planning;

/// <summary>What all clones of a session share. Nothing in it refers to the graph, whose weights need not stay in memory beside the packed ones.</summary>
/// <param name="Name">Of the network.</param>
/// <param name="InputShape">Of the network.</param>
/// <param name="OutputShape">Of the network.</param>
/// <param name="Steps">In order.</param>
/// <param name="Input">Where the input goes.</param>
/// <param name="Output">Where the output is found.</param>
/// <param name="ArenaBytes">Working memory of one session.</param>
/// <param name="ScratchBytes">Part of it that a step needs for itself; every further thread needs its own.</param>
internal sealed record SessionPlan(string Name, TensorShape InputShape, TensorShape OutputShape, ImmutableArray<Step> Steps, Slot Input, Slot Output, long ArenaBytes, long ScratchBytes);
