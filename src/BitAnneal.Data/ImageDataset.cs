using BitAnneal.Graphs;

namespace BitAnneal.Data;

/// <summary>A training and a test set.</summary>
/// <param name="Name">Name, as on the command line.</param>
/// <param name="Train">Images to learn from.</param>
/// <param name="Test">Images to judge by.</param>
public sealed record ImageDataset(string Name, IImageSource Train, IImageSource Test)
{
    private const int Many = 50_000; // Of a larger set every hundredth image is opened: all of them would take hours.

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

    /// <summary>Opens every image that lies in a file of its own, so that a bad one is found before a long run and not within it.</summary>
    /// <param name="stop">Ends the search.</param>
    /// <exception cref="BitAnnealException">Images cannot be read: how many, and which comes first.</exception>
    /// <exception cref="OperationCanceledException">It was stopped.</exception>
    public void RequireReadable(CancellationToken stop = default)
    {
        foreach (var source in (IImageSource[])[Test, Train])
        {
            if (source is ImageFolder or ImageSubset)
            {
                RequireReadable(source, stop);
            }
        }
    }

    private static void RequireReadable(IImageSource source, CancellationToken stop)
    {
        int step = source.Count > Many ? 100 : 1;
        var faults = new SortedDictionary<int, BitAnnealException>();
        Parallel.For(0, (source.Count + step - 1) / step, new ParallelOptions { CancellationToken = stop, MaxDegreeOfParallelism = Environment.ProcessorCount }, i =>
        {
            try
            {
                source.Open(i * step);
            }
            catch (BitAnnealException e)
            {
                lock (faults)
                {
                    faults.Add(i * step, e);
                }
            }
        });
        if (faults.Count > 0)
        {
            var first = faults.First().Value;
            throw new BitAnnealException($"{first.Message}{(faults.Count > 1 ? $" (and {faults.Count - 1} more)" : "")}; mend or remove it", first);
        }
    }
}
