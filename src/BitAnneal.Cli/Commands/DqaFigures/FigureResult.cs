using System.Text.Json.Nodes;
using BitAnneal.Reports;

namespace BitAnneal.Cli.Commands.DqaFigures;

/// <summary>What a figure came to.</summary>
/// <param name="Table">Its key figures.</param>
/// <param name="Notes">What else is to be said, a line each.</param>
/// <param name="Numbers">The key figures for programs.</param>
/// <param name="Files">What was written.</param>
internal sealed record FigureResult(Table Table, IReadOnlyList<string> Notes, JsonObject Numbers, IReadOnlyList<string> Files);
