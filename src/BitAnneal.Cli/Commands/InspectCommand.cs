using System.CommandLine;
using System.Globalization;
using System.Text.Json.Nodes;
using BitAnneal.Cli.Console;
using BitAnneal.Graphs;
using BitAnneal.Graphs.Cost;
using BitAnneal.Reports;
using BitAnneal.Runtime;

namespace BitAnneal.Cli.Commands;

/// <summary><c>bitanneal inspect</c>: what a network is made of and what it costs.</summary>
internal static class InspectCommand
{
    public static Command Create()
    {
        var common = new CommonOptions();
        var file = new Argument<string>("file") { Description = NetworkFile.Description };
        var classes = OptionKinds.Positive("--classes", "Number of classes of the network that float weights belong to; default: what is usual with it.");
        var command = new Command("inspect", """
            Lists the layers of a network: shape, bits, grid, multiply-accumulates, bit operations, bytes. Layers of codes that the engine has no
            fast kernel for are named on standard error.

            Example:
              bitanneal inspect runs/quickstart/model.onnx --json
            """) { file, common.Model, classes, common.Json };
        command.SetAction(parsed =>
        {
            string path = parsed.GetRequiredValue(file);
            var graph = NetworkFile.Read(path, parsed.GetValue(common.Model), parsed.GetValue(classes));
            var cost = NetworkCost.Measure(graph);
            long bytes = new FileInfo(path).Length;
            if (parsed.GetValue(common.Json))
            {
                System.Console.WriteLine(ToJson(graph, cost, bytes).ToJsonString(new System.Text.Json.JsonSerializerOptions { WriteIndented = true, TypeInfoResolver = CliJson.Default }));
            }
            else
            {
                Print(graph, cost, bytes);
            }

            if (!NetworkFile.IsFloat(path))
            {
                WarnOfEngine(graph);
            }

            return ExitCodes.Success;
        });
        return command;
    }

    /// <summary>What a frozen network will meet in the engine. The file was asked about, not the engine: what that refuses is a warning here.</summary>
    private static void WarnOfEngine(Graph graph)
    {
        try
        {
            foreach (string warning in IntegerSession.Create(graph).Warnings)
            {
                Terminal.WriteWarning(warning);
            }
        }
        catch (BitAnnealException e)
        {
            Terminal.WriteWarning($"the integer engine cannot run it: {e.Message}");
        }
    }

    private static void Print(Graph graph, NetworkCost cost, long bytes)
    {
        var table = new Table("layer", "operator", "output", "W bits", "A bits", "weight grid", "MACs", "BOPs", "bytes");
        foreach (var layer in cost.Layers)
        {
            table.Row(layer.Name, layer.Operator, layer.OutputShape.ToString(), $"{layer.WeightBits}", $"{layer.ActivationBits}", layer.WeightGrid is null ? "float32" : Describe(layer.WeightGrid),
                Number(layer.MultiplyAccumulates), Number(layer.BitOperations), Number(layer.ParameterBytes));
        }

        table.Row("total", "", "", "", "", "", Number(cost.MultiplyAccumulates), Number(cost.BitOperations), Number(cost.ParameterBytes));
        System.Console.WriteLine(FormattableString.Invariant($"{Terminal.Clean(graph.Name).ReplaceLineEndings(" ")}: {graph.InputShape} to {graph.OutputShape}, {graph.Nodes.Length} nodes, file of {bytes:N0} bytes"));
        Terminal.Print(table);
    }

    private static string Describe(Grid grid) => grid.IsPerChannel
        ? $"{grid.MinCode}..{grid.MaxCode}, {grid.Scales.Length} channels"
        : string.Create(CultureInfo.InvariantCulture, $"{grid.MinCode}..{grid.MaxCode}, {grid.Scale(0):G4}·q{grid.Offset(0):+0.####;-0.####;+0}");

    private static string Number(long value) => value.ToString("N0", CultureInfo.InvariantCulture);

    private static JsonObject ToJson(Graph graph, NetworkCost cost, long bytes) => new()
    {
        ["name"] = graph.Name,
        ["input"] = graph.InputShape.ToString(),
        ["output"] = graph.OutputShape.ToString(),
        ["fileBytes"] = bytes,
        ["parameterBytes"] = cost.ParameterBytes,
        ["multiplyAccumulates"] = cost.MultiplyAccumulates,
        ["bitOperations"] = cost.BitOperations,
        ["layers"] = new JsonArray([.. cost.Layers.Select(l => (JsonNode)new JsonObject
        {
            ["name"] = l.Name,
            ["operator"] = l.Operator,
            ["output"] = l.OutputShape.ToString(),
            ["weightBits"] = l.WeightBits,
            ["activationBits"] = l.ActivationBits,
            ["weightGrid"] = ToJson(l.WeightGrid),
            ["activationGrid"] = ToJson(l.ActivationGrid),
            ["multiplyAccumulates"] = l.MultiplyAccumulates,
            ["bitOperations"] = l.BitOperations,
            ["bytes"] = l.ParameterBytes,
        })]),
    };

    private static JsonObject? ToJson(Grid? grid) => grid is null ? null : new JsonObject
    {
        ["minCode"] = grid.MinCode,
        ["maxCode"] = grid.MaxCode,
        ["scale"] = new JsonArray([.. grid.Scales.Select(s => (JsonNode)s)]),
        ["offset"] = new JsonArray([.. grid.Offsets.Select(s => (JsonNode)s)]),
    };
}
