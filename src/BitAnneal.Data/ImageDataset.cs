namespace BitAnneal.Data;

/// <summary>A training and a test set.</summary>
/// <param name="Name">Name, as on the command line.</param>
/// <param name="Train">Images to learn from.</param>
/// <param name="Test">Images to judge by.</param>
public sealed record ImageDataset(string Name, IImageSource Train, IImageSource Test)
{
    /// <summary>The first images of both sets; null takes all.</summary>
    public ImageDataset Take(int? train, int? test) => this with { Train = Train.Take(train ?? Train.Count), Test = Test.Take(test ?? Test.Count) };
}
