using System.Collections.Immutable;

namespace BitAnneal.Training.Methods.Dqa.Paper;

/// <summary>One published result of the DQA paper (arXiv 2103.13322, Tables 1 to 4).</summary>
/// <param name="Table">1 to 4.</param>
/// <param name="Number">Row of the table, from 1.</param>
/// <param name="Method">How it was trained.</param>
/// <param name="Data">Dataset: <c>cifar10</c>, <c>cifar100</c> or <c>imagenet</c>.</param>
/// <param name="Network"><c>resnet18</c> or <c>mobilenetv2</c>.</param>
/// <param name="Weights">Q₁ … Q_K of the weights by name; <c>float</c> alone for a float network.</param>
/// <param name="Activations">Q₁ … Q_K of the activations by name; <c>float</c> alone where only weights are quantized.</param>
/// <param name="Lambda">λ as printed; null where none is printed.</param>
/// <param name="Top1">Accuracy in percent.</param>
/// <param name="Top5">Accuracy in percent; null where none is printed.</param>
public sealed record PaperRow(
    int Table, int Number, PaperMethod Method, string Data, string Network,
    ImmutableArray<string> Weights, ImmutableArray<string> Activations, double? Lambda, double Top1, double? Top5 = null)
{
    /// <summary>λ of the row for TWN on CIFAR-10, which the paper does not print: that of the other CIFAR-10 rows (reconstructed).</summary>
    public const double AssumedLambda = 5;

    /// <summary>λ to train with: the printed one, or <see cref="AssumedLambda"/>. Only DQA has one.</summary>
    public double LambdaToUse => Lambda ?? AssumedLambda;

    /// <summary>Trainings behind the published number: BWN rows are the mean of five, all others are one.</summary>
    public int Runs => Method != PaperMethod.FullPrecision && Weights[0] == "bwn" ? 5 : 1;

    /// <summary>Whether another row quantizes the same network for the same data down to the same Q₁, which makes the two comparable.</summary>
    public bool HasSettingOf(PaperRow other) => HasNetworkOf(other) && Weights[0] == other.Weights[0] && Activations[0] == other.Activations[0];

    /// <summary>Whether another row is about the same network and data.</summary>
    public bool HasNetworkOf(PaperRow other) => Table == other.Table && Data == other.Data && Network == other.Network;

    /// <summary>Whether another row mixes the same quantizers.</summary>
    public bool HasMixtureOf(PaperRow other) => Weights.AsSpan().SequenceEqual(other.Weights.AsSpan()) && Activations.AsSpan().SequenceEqual(other.Activations.AsSpan());
}
