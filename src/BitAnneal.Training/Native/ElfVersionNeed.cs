using System.Buffers.Binary;
using System.Text;

namespace BitAnneal.Training.Native;

/// <summary>Edits the symbol version requirements (<c>DT_VERNEED</c>) of a 64-bit little-endian ELF file.</summary>
internal static class ElfVersionNeed
{
    private const int ProgramLoad = 1, ProgramDynamic = 2;
    private const long StringTable = 5, VersionNeed = 0x6ffffffe, VersionNeedCount = 0x6fffffff;
    private const byte WeakFlag = 2; // VER_FLG_WEAK

    /// <summary>Marks every requirement of <paramref name="version"/> from <paramref name="library"/> weak.</summary>
    /// <returns>The number of entries changed; 0 when the file is not such an ELF file, or is damaged.</returns>
    public static int Weaken(byte[] file, string library, string version)
    {
        try
        {
            return new Editor(file).Weaken(library, version);
        }
        catch (ArgumentOutOfRangeException)
        {
            return 0; // An offset led outside the file.
        }
    }

    private sealed class Editor(byte[] file)
    {
        private readonly List<(long Offset, long Address, long Size)> segments = [];

        public int Weaken(string library, string version)
        {
            if (file.Length < 64 || !file.AsSpan(0, 6).SequenceEqual((ReadOnlySpan<byte>)[0x7f, (byte)'E', (byte)'L', (byte)'F', 2, 1]))
            {
                return 0;
            }

            long dynamic = ReadProgramHeaders();
            long strings = 0, need = 0, count = 0;
            for (long d = dynamic; dynamic != 0 && Long(d) != 0; d += 16)
            {
                switch (Long(d))
                {
                    case StringTable: strings = FileOffset(Long(d + 8)); break;
                    case VersionNeed: need = FileOffset(Long(d + 8)); break;
                    case VersionNeedCount: count = Long(d + 8); break;
                }
            }

            int changed = 0;
            for (long i = 0; i < count && need > 0; i++)
            {
                bool wanted = Text(strings + Int(need + 4)) == library;
                long entry = need + Int(need + 8);
                for (int j = 0, entries = Short(need + 2); j < entries; j++)
                {
                    if (wanted && Text(strings + Int(entry + 8)) == version)
                    {
                        file[checked((int)entry + 4)] |= WeakFlag;
                        changed++;
                    }

                    entry += Int(entry + 12);
                }

                need += Int(need + 12);
            }

            return changed;
        }

        private long ReadProgramHeaders()
        {
            long dynamic = 0;
            long table = Long(32);
            for (int i = 0, size = Short(54), n = Short(56); i < n; i++)
            {
                long header = table + (long)i * size;
                int type = Int(header);
                if (type == ProgramLoad)
                {
                    segments.Add((Long(header + 8), Long(header + 16), Long(header + 32)));
                }
                else if (type == ProgramDynamic)
                {
                    dynamic = Long(header + 8);
                }
            }

            return dynamic;
        }

        private long FileOffset(long address)
        {
            foreach (var (offset, start, size) in segments)
            {
                if (address >= start && address < start + size)
                {
                    return address - start + offset;
                }
            }

            return 0;
        }

        private string Text(long offset)
        {
            var rest = At(offset, 1, toEnd: true);
            int end = rest.IndexOf((byte)0);
            return end < 0 ? "" : Encoding.ASCII.GetString(rest[..end]);
        }

        private long Long(long offset) => BinaryPrimitives.ReadInt64LittleEndian(At(offset, 8));

        private int Int(long offset) => BinaryPrimitives.ReadInt32LittleEndian(At(offset, 4));

        private int Short(long offset) => BinaryPrimitives.ReadUInt16LittleEndian(At(offset, 2));

        private ReadOnlySpan<byte> At(long offset, int length, bool toEnd = false)
        {
            if (offset < 0 || offset > file.Length - length)
            {
                throw new ArgumentOutOfRangeException(nameof(offset));
            }

            return toEnd ? file.AsSpan((int)offset) : file.AsSpan((int)offset, length);
        }
    }
}
