using BitAnneal.Graphs;
using BitAnneal.Tests;

namespace BitAnneal.Data.Tests;

public sealed class DatasetCatalogTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Theory]
    [InlineData("cifra10", "; did you mean 'cifar10'?")]
    [InlineData("MNIST", "; did you mean 'mnist'?")]
    [InlineData("fashion_mnist", "; did you mean 'fashion-mnist'?")]
    [InlineData("imagenet21k", "")]
    public void AnUnknownNameSuggestsTheNearest(string name, string hint) =>
        Assert.Equal($"unknown dataset '{name}'{hint} (known: {string.Join(", ", DatasetCatalog.Names)})", Refused(name));

    [Theory]
    [InlineData("cifar10", "no CIFAR-10 in '{0}': looked for cifar-10-binary.tar.gz and cifar-10-batches-bin")]
    [InlineData("mnist", "no mnist in '{0}': looked for train-images-idx3-ubyte[.gz] there and in its folder mnist")]
    [InlineData("fashion-mnist", "no fashion-mnist in '{0}'")]
    public void AnEmptyOrMissingDirectoryIsNamedWithWhatWasLookedFor(string name, string start)
    {
        foreach (string root in new[] { folder.Root, folder["none"] })
        {
            Assert.StartsWith(start.Replace("{0}", root, StringComparison.Ordinal), Refused(name), StringComparison.Ordinal);
            string Refused(string dataset) => Assert.Throws<BitAnnealException>(() => DatasetCatalog.Load(dataset, root)).Message;
        }
    }

    [Fact]
    public void WithoutADirectoryTheVariableIsNamed()
    {
        string? before = Environment.GetEnvironmentVariable(DatasetCatalog.DirectoryVariable);
        try
        {
            Environment.SetEnvironmentVariable(DatasetCatalog.DirectoryVariable, null);
            Assert.Equal("where is mnist? give --data-dir DIR or set BITANNEAL_DATA", Assert.Throws<BitAnnealException>(() => DatasetCatalog.Load("mnist")).Message);
            Environment.SetEnvironmentVariable(DatasetCatalog.DirectoryVariable, folder.Root);
            Assert.Contains(folder.Root, Assert.Throws<BitAnnealException>(() => DatasetCatalog.Load("mnist")).Message, StringComparison.Ordinal);
        }
        finally
        {
            Environment.SetEnvironmentVariable(DatasetCatalog.DirectoryVariable, before);
        }
    }

    [Theory]
    [InlineData("cifar10", "cifar-10-binary.tar.gz")]
    [InlineData("cifar10", "cifar10/cifar-10-binary.tar.gz")]
    [InlineData("cifar10", "cifar10/cifar-10-batches-bin/test_batch.bin")]
    [InlineData("cifar10", "test_batch.bin")]
    [InlineData("mnist", "train-images-idx3-ubyte.gz")]
    [InlineData("mnist", "mnist/train-images-idx3-ubyte")]
    [InlineData("fashion-mnist", "fashion-mnist/train-images-idx3-ubyte")]
    public void EveryUsualPlaceIsFound(string name, string file)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(folder[file])!);
        File.WriteAllText(folder[file], "damaged");
        string place = file.Contains("train-", StringComparison.Ordinal) ? Path.GetDirectoryName(folder[file])! : folder[file];
        Assert.Contains(place, Refused(name), StringComparison.Ordinal);
        Assert.DoesNotContain("looked for", Refused(name), StringComparison.Ordinal);
    }

    [Fact]
    public void TheArchiveItselfMayBeGiven()
    {
        File.WriteAllText(folder["any.tar.gz"], "damaged");
        Assert.Contains("any.tar.gz' is no whole tar.gz archive", Assert.Throws<BitAnnealException>(() => DatasetCatalog.Load("cifar10", folder["any.tar.gz"])).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void SyntheticImagesNeedNoDirectory()
    {
        var data = DatasetCatalog.Load("synthetic", folder["none"]);
        Assert.Equal(("synthetic", 6000, 2000), (data.Name, data.Train.Count, data.Test.Count));
    }

    private string Refused(string name) => Assert.Throws<BitAnnealException>(() => DatasetCatalog.Load(name, folder.Root)).Message;
}
