using BitAnneal.Graphs;

namespace BitAnneal.Fuzz;

/// <summary>Damaged files of a reader that opens them by name.</summary>
/// <param name="extension">Of the file, with its dot.</param>
/// <param name="corpus">Valid files.</param>
/// <param name="read">The reader.</param>
internal sealed class FileTarget(string extension, IReadOnlyList<byte[]> corpus, Action<string> read) : Target, IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("bitanneal-fuzz").FullName;

    public override Outcome Try(ulong seed)
    {
        var random = SeededRandom.ForStream(seed, 22);
        byte[] bytes = new Mutator(random).Mutate(corpus[random.Next(corpus.Count)], corpus[random.Next(corpus.Count)]);
        string path = Path.Combine(folder, "mutant" + extension);
        File.WriteAllBytes(path, bytes);
        return Read(bytes.Length, () => read(path));
    }

    public void Dispose() => Directory.Delete(folder, recursive: true);
}
