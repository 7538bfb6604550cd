using BitAnneal.Graphs;
using BitAnneal.Training.Methods;
using BitAnneal.Training.Quantizers;
using BitAnneal.Training.Relaxations;
using BitAnneal.Training.Tensors;
using static TorchSharp.torch;

namespace BitAnneal.Training.Tests;

public class SettledMixtureTests
{
    [Theory] // dqa.md, section 15.6: one-hot attention is plain training
    [InlineData("minmax2", "minmax4", "minmax8")]
    [InlineData("sawb2", "sawb4", "sawb8")]
    [InlineData("bwn", "twn", "float")]
    public void ASettledMixtureIsItsLowestQuantizer(params string[] names)
    {
        using var scope = NewDisposeScope();
        for (ulong seed = 1; seed <= 20; seed++)
        {
            var random = new SeededRandom(seed);
            var w = TensorMemory.FromFloats([.. Enumerable.Range(0, 64 * 9 * 16).Select(_ => (float)random.NextGaussian() * 0.1f)], new TensorShape(64, 16, 3, 3), CPU);
            QuantizerSpec[] specs = [.. names.Select(QuantizerSpec.Parse)];
            using var attention = new Attention("w", QuantizerRegistry.Create(new QuantizationSite("w", SiteKind.Weight, w.numel(), [.. specs]), specs, 1, CPU), CPU) { Temperature = 1e-3 };
            attention.Normalise();
            Assert.Equal(1, attention.CurrentWeights[0], 1e-12);
            Assert.Equal(TensorMemory.ToFloats(attention.Target.Apply(w, training: false)), TensorMemory.ToFloats(attention.Apply(w, training: false))); // To the last bit.
        }
    }
}
