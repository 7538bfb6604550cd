using BitAnneal.Training.Methods;
using BitAnneal.Training.Quantizers;
using BitAnneal.Training.Relaxations;
using static TorchSharp.torch;

namespace BitAnneal.Bench;

/// <summary>DQA as it is written without a kernel of its own: one tensor operation after another, under plain autograd.</summary>
internal sealed class NaiveMethod(QuantizationPlan plan) : QuantizingMethod(plan)
{
    public override string Name => "naive";

    protected override Quantizer CreateQuantizer(QuantizationSite site, IReadOnlyList<UniformQuantizer> partners, Device device) =>
        partners.Count == 1 ? partners[0] : new Naive(site.Name, partners);

    private sealed class Naive(string site, IReadOnlyList<UniformQuantizer> partners) : Relaxation(site, partners)
    {
        private readonly Tensor alpha = tensor(new[] { 3.93f, 3.27f, 1.96f }, requires_grad: true).DetachFromDisposeScope();

        public override IReadOnlyList<(string Role, Tensor Value)> Parameters => [("alpha", alpha)];

        public override IReadOnlyList<double> CurrentWeights => [1 / 3.0, 1 / 3.0, 1 / 3.0];

        public override Tensor Apply(Tensor x, bool training)
        {
            var values = new Observation(x, training, Site);
            return MixtureReference.Apply(x, MixingWeights(), [.. Partners.Select(p => p.Partners(values))]);
        }

        public override (Tensor Quantized, Tensor? Value) ApplyFused(in QuantizerInput input, bool training)
        {
            var value = input.Compute();
            return (Apply(value, training), input.KeepsValue ? value : null);
        }

        protected override Tensor MixingWeights() => alpha.softmax(0);
    }
}
