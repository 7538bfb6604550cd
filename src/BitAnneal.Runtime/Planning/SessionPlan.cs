using System.Collections.Immutable;
using BitAnneal.Runtime.Steps;

namespace BitAnneal.Runtime.Planning;

/// <summary>What all clones of a session share.</summary>
/// <param name="Steps">In order.</param>
/// <param name="Input">Where the input goes.</param>
/// <param name="Output">Where the output is found.</param>
/// <param name="ArenaBytes">Working memory of one session.</param>
/// <param name="ScratchBytes">Part of it that a step needs for itself; every further thread needs its own.</param>
internal sealed record SessionPlan(ImmutableArray<Step> Steps, Slot Input, Slot Output, long ArenaBytes, long ScratchBytes);
