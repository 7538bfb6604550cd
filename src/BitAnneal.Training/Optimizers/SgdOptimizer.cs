using BitAnneal.Training.Tensors;
using static TorchSharp.torch;

namespace BitAnneal.Training.Optimizers;

/// <summary>Stochastic gradient descent with momentum: v ← μ·v + g + δ·w, w ← w − η·v, with the decay δ of each kind of tensor.</summary>
/// <remarks>TorchSharp's own optimiser passes temporary scalars, which a garbage collection may free while they are read.</remarks>
public sealed class SgdOptimizer : IDisposable
{
    private readonly (TrainableTensor Tensor, Tensor Velocity, double Decay)[] entries;
    private readonly double momentum;

    /// <summary>Creates the optimiser for a module's tensors.</summary>
    /// <param name="tensors">What is moved.</param>
    /// <param name="momentum">μ in [0, 1).</param>
    /// <param name="weightDecay">δ of weights.</param>
    /// <param name="clipDecay">δ of PACT clip values: twice the λ of their regulariser.</param>
    public SgdOptimizer(IEnumerable<TrainableTensor> tensors, double momentum, double weightDecay, double clipDecay)
    {
        this.momentum = momentum;
        using var scope = NewDisposeScope();
        entries = [.. tensors.Select(t => (t, t.Value.detach().zeros_like().DetachFromDisposeScope(), t.Kind switch
        {
            TrainableKind.Weight => weightDecay,
            TrainableKind.Clip => clipDecay,
            _ => 0,
        }))];
    }

    /// <summary>Momentum buffers by tensor name.</summary>
    public IEnumerable<KeyValuePair<string, Tensor>> Velocities => entries.Select(e => KeyValuePair.Create(e.Tensor.Name, e.Velocity));

    /// <summary>Moves every tensor along its gradient, then clears the gradients.</summary>
    /// <param name="learningRate">η.</param>
    /// <param name="gradientLimit">Largest Euclidean norm of all gradients together; 0 for no limit.</param>
    public void Step(double learningRate, double gradientLimit = 0)
    {
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        if (gradientLimit > 0)
        {
            Limit(gradientLimit);
        }

        foreach (var (tensor, velocity, decay) in entries)
        {
            var gradient = tensor.Value.grad;
            if (gradient is null)
            {
                continue;
            }

            velocity.TimesInPlace(momentum);
            velocity.PlusInPlace(gradient);
            if (decay != 0)
            {
                velocity.PlusInPlace(tensor.Value, decay);
            }

            tensor.Value.PlusInPlace(velocity, -learningRate);
            gradient.zero_();
        }
    }

    /// <summary>Scales all gradients down to a common norm.</summary>
    private void Limit(double limit)
    {
        Tensor[] gradients = [.. entries.Select(e => e.Tensor.Value.grad).OfType<Tensor>()];
        double norm = Math.Sqrt(gradients.Sum(g => g.mul(g).sum().cpu().item<float>()));
        if (norm > limit)
        {
            foreach (var gradient in gradients)
            {
                gradient.TimesInPlace(limit / norm);
            }
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var (_, velocity, _) in entries)
        {
            velocity.Dispose();
        }
    }
}
