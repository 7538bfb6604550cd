using BitAnneal.Graphs;
using BitAnneal.Onnx;
using BitAnneal.Tests;

namespace BitAnneal.Fuzz;

/// <summary>Damaged <c>.onnx</c> files: what loads is run.</summary>
internal sealed class OnnxTarget : NetworkTarget
{
    private readonly byte[][] corpus = [.. Enumerable.Range(1, 300).Select(i => OnnxExporter.ToBytes(RandomGraphs.Create((ulong)i)))];

    public override Outcome Try(ulong seed)
    {
        var random = SeededRandom.ForStream(seed, 20);
        byte[] bytes = new Mutator(random).Mutate(corpus[random.Next(corpus.Length)], corpus[random.Next(corpus.Length)]);
        Graph? graph = null;
        var outcome = Read(bytes.Length, () => graph = OnnxImporter.Parse(bytes, "mutant"));
        return outcome == Outcome.Refused ? outcome : Run(graph!, seed);
    }
}
