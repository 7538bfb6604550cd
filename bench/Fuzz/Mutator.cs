using System.Buffers.Binary;
using BitAnneal.Graphs;

namespace BitAnneal.Fuzz;

/// <summary>Damages a file as a hostile author or a broken disk would: a few changes, each at a random place.</summary>
internal sealed class Mutator(SeededRandom random)
{
    // Claims at which sums and products of sizes wrap around.
    private static readonly ulong[] Extremes = [0, 1, 0x7F, 0xFF, 0x7FFF, 0xFFFF, 46341, 1 << 20, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF, 1UL << 40, long.MaxValue, ulong.MaxValue];

    /// <summary>A damaged copy.</summary>
    /// <param name="seed">A valid file.</param>
    /// <param name="other">Another valid file, of which a piece may be taken.</param>
    public byte[] Mutate(byte[] seed, byte[] other)
    {
        List<byte> bytes = [.. seed];
        for (int i = 0, n = 1 + random.Next(random.Next(2) == 0 ? 1 : 4); i < n && bytes.Count > 0; i++)
        {
            Change(bytes, other);
        }

        return [.. bytes];
    }

    private void Change(List<byte> bytes, byte[] other)
    {
        int at = random.Next(bytes.Count), most = bytes.Count - at;
        switch (random.Next(8))
        {
            case 0: bytes[at] ^= (byte)(1 << random.Next(8)); break;
            case 1: bytes[at] = (byte)random.Next(256); break;
            case 2: bytes.RemoveRange(at, most); break;
            case 3: bytes.RemoveRange(at, 1 + random.Next(Math.Min(most, 16))); break;
            case 4: bytes.InsertRange(at, bytes.GetRange(at, 1 + random.Next(Math.Min(most, 64)))); break;
            case 5: Number(bytes, at, most); break;
            case 6: Varint(bytes, at); break;
            default:
                int from = random.Next(other.Length);
                bytes.InsertRange(at, other[from..(from + 1 + random.Next(Math.Min(other.Length - from, 256)))]);
                break;
        }
    }

    private ulong Extreme() => Extremes[random.Next(Extremes.Length)];

    private void Number(List<byte> bytes, int at, int most)
    {
        byte[] number = new byte[sizeof(ulong)];
        ulong value = Extreme();
        if (random.Next(2) == 0)
        {
            BinaryPrimitives.WriteUInt64LittleEndian(number, value);
        }
        else
        {
            BinaryPrimitives.WriteUInt32BigEndian(number, (uint)value);
        }

        for (int i = 0, n = Math.Min(most, 1 << random.Next(4)); i < n; i++)
        {
            bytes[at + i] = number[i];
        }
    }

    // Protocol buffers write numbers in groups of seven bits.
    private void Varint(List<byte> bytes, int at)
    {
        bytes.RemoveAt(at);
        for (ulong value = Extreme(); ; value >>= 7)
        {
            bytes.Insert(at++, (byte)(value < 0x80 ? value : value | 0x80));
            if (value < 0x80)
            {
                return;
            }
        }
    }
}
