using System.Globalization;
using System.Text;

namespace BitAnneal.Data;

/// <summary>
/// Walks through a tar archive. The reader of the framework takes a member's extended header into memory whatever size it claims; this one
/// reads such a header only when it is small, and nothing else but the members that are asked for.
/// </summary>
internal static class TarMembers
{
    private const int Block = 512, MaxExtendedHeader = 1 << 20;

    /// <summary>Calls back with the name and the content of every file, in order. What is not read is passed over.</summary>
    /// <exception cref="InvalidDataException">The archive is damaged.</exception>
    /// <exception cref="EndOfStreamException">The archive is truncated.</exception>
    public static void ForEach(Stream archive, Action<string, Stream> visit)
    {
        byte[] header = new byte[Block];
        string? longName = null;
        while (archive.ReadAtLeast(header, Block, throwOnEndOfStream: false) is > 0 and var read && header.AsSpan(0, read).ContainsAnyExcept((byte)0))
        {
            if (read < Block || Checksum(header) != Number(header.AsSpan(148, 8)))
            {
                throw new InvalidDataException("a header is damaged or truncated");
            }

            long size = Number(header.AsSpan(124, 12));
            char type = (char)header[156];
            var content = new Part(archive, type is >= '1' and <= '6' ? 0 : size); // Links, devices and folders have no content.
            if (type is 'x' or 'g' or 'L' or 'K')
            {
                byte[] text = new byte[size <= MaxExtendedHeader ? size : throw new InvalidDataException($"an extended header claims {size} bytes")];
                content.ReadExactly(text);
                longName = type switch { 'L' => Text(text), 'x' => PaxPath(text) ?? longName, _ => longName };
            }
            else
            {
                string name = longName ?? Text(header.AsSpan(0, 100));
                longName = null;
                if (type is '0' or '\0' or '7')
                {
                    visit(name, content);
                }
            }

            content.Finish();
        }
    }

    private static string Text(ReadOnlySpan<byte> field) => Encoding.UTF8.GetString(field.IndexOf((byte)0) is >= 0 and var end ? field[..end] : field);

    /// <summary>The record <c>LENGTH path=NAME</c> among the records of an extended header.</summary>
    private static string? PaxPath(ReadOnlySpan<byte> records)
    {
        while (records.IndexOf((byte)' ') is > 0 and var space
            && int.TryParse(records[..space], NumberStyles.None, CultureInfo.InvariantCulture, out int length)
            && length > space + 1 && length <= records.Length)
        {
            var record = records[(space + 1)..(length - 1)];
            if (record.StartsWith("path="u8))
            {
                return Text(record[5..]);
            }

            records = records[length..];
        }

        return null;
    }

    private static long Number(ReadOnlySpan<byte> field)
    {
        long value = 0;
        foreach (byte digit in field.Trim(" \0"u8))
        {
            value = digit is >= (byte)'0' and <= (byte)'7' ? 8 * value + digit - '0'
                : throw new InvalidDataException("a header holds no number where one must be");
        }

        return value; // Twelve octal digits at most.
    }

    /// <summary>The sum of a header's bytes, with those of the sum itself taken for blanks.</summary>
    private static long Checksum(ReadOnlySpan<byte> header)
    {
        long sum = 8 * ' ';
        for (int i = 0; i < Block; i++)
        {
            sum += i is >= 148 and < 156 ? 0 : header[i];
        }

        return sum;
    }

    /// <summary>The content of one member; reads no further.</summary>
    private sealed class Part(Stream archive, long length) : Stream
    {
        private readonly long whole = length;
        private long left = length;

        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => false;

        public override long Length => whole;

        public override long Position { get => whole - left; set => throw new NotSupportedException(); }

        public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

        public override int Read(Span<byte> buffer)
        {
            if (left == 0 || buffer.Length == 0)
            {
                return 0;
            }

            int read = archive.Read(buffer[..(int)Math.Min(buffer.Length, left)]);
            left -= read > 0 ? read : throw new EndOfStreamException("it ends within a file");
            return read;
        }

        /// <summary>Passes over what was not read, and over what fills the last block.</summary>
        public void Finish()
        {
            byte[] rest = new byte[1 << 14];
            while (Read(rest) > 0)
            {
            }

            int padding = (int)((Block - whole % Block) % Block);
            archive.ReadAtLeast(rest.AsSpan(0, padding), padding, throwOnEndOfStream: false);
        }

        public override void Flush() { }

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
    }
}
