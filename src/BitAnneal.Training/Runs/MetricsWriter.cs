using System.Text.Json;
using BitAnneal.Graphs;

namespace BitAnneal.Training.Runs;

/// <summary>Appends one JSON object per line to the metrics of a run.</summary>
public sealed class MetricsWriter : IDisposable
{
    private readonly StreamWriter writer;
    private readonly string path;

    /// <summary>Opens the file.</summary>
    /// <param name="path">The file.</param>
    /// <param name="lastStep">Lines behind this step are dropped: a training that goes on from there writes them again.</param>
    /// <exception cref="BitAnnealException">It cannot be written.</exception>
    public MetricsWriter(string path, long lastStep)
    {
        this.path = path;
        try
        {
            var file = new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.Read);
            try
            {
                // Cut, never written anew: a process that is killed meanwhile loses nothing.
                long length = lastStep > 0 ? LengthUpTo(file, lastStep) : 0;
                bool endless = length > file.Length; // The last line lacks its end.
                file.SetLength(Math.Min(length, file.Length));
                file.Seek(0, SeekOrigin.End);
                if (endless)
                {
                    file.WriteByte((byte)'\n');
                }
            }
            catch
            {
                file.Dispose();
                throw;
            }

            writer = new StreamWriter(file) { AutoFlush = true };
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new BitAnnealException($"cannot write '{path}': {e.Message}", e);
        }
    }

    /// <summary>Writes a line; numbers that are not finite are left out, as JSON has none.</summary>
    /// <exception cref="BitAnnealException">The disk is full.</exception>
    public void Write(long step, IEnumerable<KeyValuePair<string, double>> values)
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            json.WriteNumber("step", step);
            foreach (var (key, value) in values.Where(v => double.IsFinite(v.Value)))
            {
                json.WriteNumber(key, value);
            }

            json.WriteEndObject();
        }

        try
        {
            writer.WriteLine(System.Text.Encoding.UTF8.GetString(buffer.ToArray()));
        }
        catch (IOException e)
        {
            throw new BitAnnealException($"cannot write '{path}': {e.Message}", e);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => writer.Dispose();

    /// <summary>Bytes up to the first line that is torn or lies behind a step. Lines are in the order of their steps.</summary>
    private static long LengthUpTo(FileStream file, long lastStep)
    {
        long length = 0;
        using var reader = new StreamReader(file, leaveOpen: true);
        while (reader.ReadLine() is { } line && StepOf(line) <= lastStep)
        {
            length += System.Text.Encoding.UTF8.GetByteCount(line) + 1;
        }

        return length;
    }

    private static long StepOf(string line)
    {
        try
        {
            using var json = JsonDocument.Parse(line);
            return json.RootElement.GetProperty("step").GetInt64();
        }
        catch (Exception e) when (e is JsonException or KeyNotFoundException or InvalidOperationException or FormatException)
        {
            return long.MaxValue; // A torn line of a killed run.
        }
    }
}
