namespace BitAnneal.Cli.Tests;

/// <summary>A CIFAR-10 folder of which only the first images are more than holes in a file.</summary>
public static class TinyCifar
{
    private const int Record = 3073, Records = 10_000, Drawn = 64;

    /// <summary>Writes the folder <c>cifar-10-batches-bin</c>.</summary>
    public static void Write(string directory)
    {
        string folder = Directory.CreateDirectory(Path.Combine(directory, "cifar-10-batches-bin")).FullName;
        var random = new Random(1);
        foreach (string name in (string[])[.. Enumerable.Range(1, 5).Select(i => $"data_batch_{i}.bin"), "test_batch.bin"])
        {
            byte[] drawn = new byte[Drawn * Record];
            random.NextBytes(drawn);
            for (int r = 0; r < Drawn; r++)
            {
                drawn[r * Record] = (byte)(r % 10);
            }

            using var file = File.Create(Path.Combine(folder, name));
            file.Write(drawn);
            file.SetLength(Records * Record);
        }
    }
}
