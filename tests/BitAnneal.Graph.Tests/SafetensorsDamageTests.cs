using System.Globalization;
using System.Text;
using BitAnneal.Graphs.Safetensors;
using BitAnneal.Tests;

namespace BitAnneal.Graphs.Tests;

public class SafetensorsDamageTests
{
    public static TheoryData<string> Headers { get; } = new(
    [
        "", " ", "null", "5", "[]", "\"a\"", "{", "{}}", "{\"a\":}", "{\"a\":5}", "{\"a\":null}", "{\"a\":[]}", "{\"a\":{}}", "{\"a\":{\"dtype\":\"F32\"}}",
        "{\"__metadata__\":5}", "{\"__metadata__\":{\"k\":5}}", "{\"__metadata__\":{\"k\":\"v\",\"k\":\"w\"}}",
        Safetensors.Entry(type: "5"), Safetensors.Entry(type: "{}"),
        .. new[] { "5", "null", "{}", "\"1\"", "[0]", "[-1]", "[1.5]", "[1e30]", "[\"1\"]", "[2147483648]", "[65536,65536]", "[2]", "[[1]]", "[null]" }.Select(s => Safetensors.Entry(shape: s)),
        .. new[]
        {
            "5", "null", "{}", "[]", "[0]", "[null,4]", "[\"0\",\"4\"]", "[0.5,4.5]", "[-4,0]", "[4,0]", "[0,8]", "[2,6]", "[5,9]", "[0,99999999999999999999]", "[1e2,104]",
            "[9223372036854775804,-9223372036854775808]", "[4294967296,4294967300]",
        }.Select(o => Safetensors.Entry(offsets: o)),
        Safetensors.Entry(type: "\"F64\""), Safetensors.Entry(type: "\"F16\""),
        """{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}""",
        """{"a":{"dtype":"F32","shape":[1],"shape":[1],"data_offsets":[0,4]}}""",
        """{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"b":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}""",
        """{"a":{"dtype":"F16","shape":[2],"data_offsets":[0,4]},"b":{"dtype":"F16","shape":[1],"data_offsets":[2,4]}}""",
        """{"\ud800":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}""",
    ]);

    [Theory]
    [MemberData(nameof(Headers))]
    public void HostileHeadersAreRefused(string header) => Refused(Safetensors.Bytes(header, new byte[5]));

    [Fact]
    public void AWholeHeaderIsRead() => Assert.Single(SafetensorsFile.Parse(Safetensors.Bytes(Safetensors.Entry(), new byte[4]), "memory").Tensors);

    [Theory]
    [InlineData(0UL)]
    [InlineData(1UL)]
    [InlineData(100_000_001UL)]
    [InlineData(0x8000000000000000UL)]
    [InlineData(ulong.MaxValue)]
    [InlineData(ulong.MaxValue - 7)]
    public void HeaderLengthsThatLieAreRefused(ulong length) => Refused([.. BitConverter.GetBytes(length), .. Encoding.UTF8.GetBytes(Safetensors.Entry()), 0, 0, 0, 0]);

    [Fact]
    public void EveryTruncationIsRefused()
    {
        byte[] whole = Safetensors.Bytes(Safetensors.Entry(), new byte[4]);
        for (int length = 0; length < whole.Length; length++)
        {
            Refused(whole[..length]);
        }
    }

    [Fact]
    public void EveryFlippedBitGivesTensorsOrAFault()
    {
        byte[] whole = Safetensors.Bytes(Safetensors.Entry(), new byte[4]);
        for (int bit = 0; bit < 8 * whole.Length; bit++)
        {
            byte[] flipped = [.. whole];
            flipped[bit / 8] ^= (byte)(1 << bit % 8);
            var fault = Record.Exception(() => SafetensorsFile.Parse(flipped, "memory"));
            Assert.True(fault is null or BitAnnealException, $"bit {bit}: {fault}");
        }
    }

    [Fact]
    public void DeepNestingIsRefused()
    {
        string deep = new('[', 200_000);
        Refused(Safetensors.Bytes(deep, []));
        Refused(Safetensors.Bytes("{\"a\":" + deep + new string(']', 200_000) + "}", []));
        Refused(Safetensors.Bytes(Safetensors.Entry(shape: string.Concat(Enumerable.Repeat("[", 50)) + string.Concat(Enumerable.Repeat("]", 50))), new byte[4]));
    }

    [Fact]
    public void TextThatIsNotUtf8IsRefused()
    {
        byte[] bytes = Safetensors.Bytes(Safetensors.Entry(), new byte[4]);
        bytes[10] = 0xff;
        Refused(bytes);
    }

    [Fact]
    public void TensorsThatShareBytesCostNoMemory()
    {
        const int size = 1 << 18, count = 400;
        var header = new StringBuilder("{");
        for (int i = 0; i < count; i++)
        {
            header.Append(CultureInfo.InvariantCulture, $"\"{i}\":{{\"dtype\":\"F32\",\"shape\":[{size / 4}],\"data_offsets\":[0,{size}]}}{(i == count - 1 ? '}' : ',')}");
        }

        byte[] bytes = Safetensors.Bytes(header.ToString(), new byte[size]);
        long before = GC.GetAllocatedBytesForCurrentThread();
        Refused(bytes);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 8 << 20);
    }

    [Fact]
    public void BitFlipsGiveATensorOrARefusal()
    {
        using var folder = new TemporaryFolder();
        SafetensorsFile.Write(folder["a"], Enumerable.Range(0, 4).Select(i => KeyValuePair.Create($"layer{i}.weight", FloatTensor.Filled(new TensorShape(2, 3), i))), new Dictionary<string, string> { ["format"] = "pt" });
        byte[] whole = File.ReadAllBytes(folder["a"]);
        int refused = 0;
        for (ulong seed = 1; seed <= 20_000; seed++)
        {
            var random = new SeededRandom(seed);
            byte[] damaged = [.. whole];
            for (int flips = 1 + random.Next(3); flips > 0; flips--)
            {
                damaged[random.Next(damaged.Length)] ^= (byte)(1 << random.Next(8));
            }

            try
            {
                SafetensorsFile.Parse(damaged, "damaged.safetensors");
            }
            catch (BitAnnealException e)
            {
                refused++;
                AssertOneLine(e.Message);
            }
        }

        Assert.InRange(refused, 1000, 19_999);
    }

    private static void Refused(byte[] bytes)
    {
        string message = Assert.Throws<BitAnnealException>(() => SafetensorsFile.Parse(bytes, "damaged.safetensors")).Message;
        AssertOneLine(message);
    }

    private static void AssertOneLine(string message)
    {
        Assert.Contains("damaged.safetensors", message, StringComparison.Ordinal);
        Assert.DoesNotContain(message, char.IsControl);
    }
}
