using System.CommandLine;
using BitAnneal.Cli.Console;

namespace BitAnneal.Cli.Commands.DqaFigures;

/// <summary>The flags that only <c>--figure penalty</c> takes.</summary>
/// <param name="testImages">How many test images to judge by.</param>
internal sealed class PenaltyFlags(Option<int?> testImages)
{
    private readonly Option<string[]> models = OptionKinds.SomeOf("--models", "Penalty: the networks, a panel each, default quickstart", CommonOptions.Models);
    private readonly Option<double[]> lambdas = OptionKinds.PositiveReals("--lambdas", "Penalty: the strengths of the penalty; default 0.5 1 5 10 30, the range of the paper.");
    private readonly Option<int?> batchSize = OptionKinds.Positive("--batch-size", "Penalty: images per step; default 64.");
    private readonly Option<double?> learningRate = OptionKinds.Real("--learning-rate", "Penalty: peak learning rate; default 0.1.");
    private readonly Option<string?> compute = OptionKinds.OneOf("--compute", "Penalty: number format of convolutions and linear layers while training", RunConfiguration.ComputeTypes);
    private readonly Option<bool> resume = new("--resume") { Description = "Penalty: go on with the trainings that were interrupted in the folder." };

    /// <summary>All of them.</summary>
    public IReadOnlyList<Option> Options => [models, lambdas, testImages, batchSize, learningRate, compute, resume];

    /// <summary>Adds all of them to a command.</summary>
    public void AddTo(Command command)
    {
        foreach (var option in Options)
        {
            command.Options.Add(option);
        }
    }

    /// <summary>The settings with what was given.</summary>
    public DqaFigureSettings Apply(ParseResult parsed, DqaFigureSettings settings) => settings with
    {
        Models = parsed.GetValue(models) is { Length: > 0 } names ? [.. names] : settings.Models,
        Lambdas = parsed.GetValue(lambdas) is { Length: > 0 } strengths ? [.. strengths.Order()] : settings.Lambdas,
        TestImages = parsed.GetValue(testImages),
        BatchSize = parsed.GetValue(batchSize) ?? settings.BatchSize,
        LearningRate = parsed.GetValue(learningRate) ?? settings.LearningRate,
        Compute = parsed.GetValue(compute) ?? settings.Compute,
        Resume = parsed.GetValue(resume),
    };
}
