using BitAnneal.Graphs;
using static TorchSharp.torch;

namespace BitAnneal.Training.Methods;

/// <summary>What bends a training run toward low bits. The trainer calls these hooks and knows nothing else of a method.</summary>
public interface IMethod
{
    /// <summary>Short name, as on the command line.</summary>
    string Name { get; }

    /// <summary>Everything that the method was told, as text: a checkpoint of another fingerprint is refused.</summary>
    string Fingerprint => Name;

    /// <summary>Puts quantizers into a float graph.</summary>
    /// <param name="graph">The float network, with its initial parameters.</param>
    /// <param name="device">Where to run.</param>
    /// <returns>The network to train; the caller disposes of it.</returns>
    GraphModule Prepare(Graph graph, Device device);

    /// <summary>Before the forward pass of a step: schedules, projections.</summary>
    void BeforeStep(StepPosition position)
    {
    }

    /// <summary>A scalar that is added to the task loss, computed after the forward pass; null for none.</summary>
    Tensor? Penalty() => null;

    /// <summary>After the optimiser has moved the parameters.</summary>
    void AfterStep(StepPosition position)
    {
    }

    /// <summary>When all steps are done, in this process or before a restart: schedules take the values that they end on.</summary>
    /// <param name="last">The last step.</param>
    void Finish(StepPosition last)
    {
    }

    /// <summary>Numbers worth logging now, such as the attention of every tensor.</summary>
    IEnumerable<KeyValuePair<string, double>> Metrics() => [];
}
