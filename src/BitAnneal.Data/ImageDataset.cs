using BitAnneal.Graphs;

namespace BitAnneal.Data;

/// <summary>A training and a test set.</summary>
/// <param name="Name">Name, as on the command line.</param>
/// <param name="Train">Images to learn from.</param>
/// <param name="Test">Images to judge by.</param>
public sealed record ImageDataset(string Name, IImageSource Train, IImageSource Test)
{
    /// <summary>What a person should know of the files, such as those that were passed over; each is one line.</summary>
    public IReadOnlyList<string> Notes { get; init; } = [];

    /// <summary>Some images of both sets, of every class alike; null takes all.</summary>
    /// <param name="train">Number of training images.</param>
    /// <param name="test">Number of test images: always the same ones, so that results are of one test.</param>
    /// <param name="seed">Draws the training images.</param>
    public ImageDataset Draw(int? train, int? test, ulong seed = 1) => this with
    {
        Train = ImageSubset.Draw(Train, train ?? Train.Count, seed),
        Test = ImageSubset.Draw(Test, test ?? Test.Count, 1),
    };

    /// <summary>The first images of both sets; null takes all.</summary>
    public ImageDataset Take(int? train, int? test) => this with { Train = Train.Take(train ?? Train.Count), Test = Test.Take(test ?? Test.Count) };

    /// <summary>Opens every image that lies in a file of its own, so that a bad one is found before a long run and not within it.</summary>
    /// <param name="stop">Ends the search.</param>
    /// <exception cref="BitAnnealException">Images cannot be read: how many, and which comes first.</exception>
    /// <exception cref="OperationCanceledException">It was stopped.</exception>
    public void RequireReadable(CancellationToken stop = default)
    {
        (Test as ImageFolder)?.RequireReadable(stop);
        (Train as ImageFolder)?.RequireReadable(stop);
    }
}
