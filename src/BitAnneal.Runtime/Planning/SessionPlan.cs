using System.Collections.Immutable;
using BitAnneal.Runtime.Steps;

namespace BitAnneal.Runtime.Planning;

/// <summary>What all clones of a session share.</summary>
/// <param name="Steps">In order.</param>
/// <param name="Input">Where the input goes.</param>
/// <param name="Output">Where the output is found.</param>
/// <param name="ArenaBytes">Working memory of one thread.</param>
internal sealed record SessionPlan(ImmutableArray<Step> Steps, Slot Input, Slot Output, long ArenaBytes);
