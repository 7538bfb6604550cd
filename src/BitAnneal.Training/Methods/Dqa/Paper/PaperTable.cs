using System.Collections.Immutable;

namespace BitAnneal.Training.Methods.Dqa.Paper;

/// <summary>Writes down the rows of one table in the order of the paper, which numbers them.</summary>
/// <param name="number">1 to 4.</param>
/// <param name="activationsToo">Whether activations are quantized like the weights.</param>
internal sealed class PaperTable(int number, bool activationsToo)
{
    private readonly List<PaperRow> rows = [];
    private string data = "", network = "";

    public ImmutableArray<PaperRow> Rows => [.. rows];

    /// <summary>What the following rows are about.</summary>
    public PaperTable For(string newData, string newNetwork)
    {
        (data, network) = (newData, newNetwork);
        return this;
    }

    public PaperTable Float(double top1, double? top5 = null) => Add(PaperMethod.FullPrecision, "float", null, top1, top5);

    public PaperTable Plain(string quantizer, double top1, double? top5 = null) => Add(PaperMethod.Plain, quantizer, null, top1, top5);

    public PaperTable Relax(string mixture, double top1, double? top5 = null) => Add(PaperMethod.BinaryRelax, mixture, null, top1, top5);

    public PaperTable Dqa(string mixture, double? lambda, double top1, double? top5 = null) => Add(PaperMethod.Dqa, mixture, lambda, top1, top5);

    private PaperTable Add(PaperMethod method, string mixture, double? lambda, double top1, double? top5)
    {
        ImmutableArray<string> weights = [.. mixture.Split(' ')];
        // PACT-SAWB is SAWB for the weights and PACT for the activations.
        ImmutableArray<string> activations = activationsToo ? [.. weights.Select(w => w.Replace("sawb", "pact", StringComparison.Ordinal))] : ["float"];
        rows.Add(new PaperRow(number, rows.Count + 1, method, data, network, weights, activations, lambda, top1, top5));
        return this;
    }
}
