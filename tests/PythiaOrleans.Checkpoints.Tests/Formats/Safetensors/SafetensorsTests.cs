using System.Buffers.Binary;
using System.Text;
using PythiaOrleans.Checkpoints.Formats;
using PythiaOrleans.Checkpoints.Formats.Safetensors;
using PythiaOrleans.Testing;

namespace PythiaOrleans.Checkpoints.Tests;

public sealed class SafetensorsTests
{
    private const string Empty = """{"dtype":"F16","shape":[0],"data_offsets":[0,0]}""";

    [Fact]
    public void File_Written_ReadsBackInPlace()
    {
        using var folder = new TemporaryFolder();
        SafetensorsWriter.Write(
            folder["a.safetensors"],
            [
                new("first", DType.F16, [2, 3], new byte[] { 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12 }),
                new("scalar", DType.F32, [], new byte[] { 0, 0, 128, 63 }), new("empty", DType.I64, [0, 5], Array.Empty<byte>()),
            ]);
        using var file = SafetensorsFile.Open(folder["a.safetensors"]);
        Assert.Equal(["first", "scalar", "empty"], file.Tensors.Select(tensor => tensor.Name));
        Assert.Equal([2L, 3L], file.Tensors[0].Shape);
        Assert.Equal(
            [0x0201, 0x0403, 0x0605, 0x0807, 0x0a09, 0x0c0b], file.Tensors[0].Values<ushort>().ToArray().Select(value => (int)value));
        Assert.Equal([1f], file.Tensors[1].Values<float>().ToArray());
        Assert.Equal(0, file.Tensors[2].Count);
        Assert.Throws<InvalidOperationException>(() => file.Tensors[0].Values<double>().Length);
    }

    /// <summary>Every rule of the format, each broken alone. The expected words name what the reader should have noticed.</summary>
    [Theory]
    [InlineData("""{"a":{"dtype":"F16","shape":[2],"data_offsets":[0,4]}}""", 4, null)]
    [InlineData("""{"__metadata__":{"format":"pt"},"a":{"dtype":"F16","shape":[2],"data_offsets":[0,4]}}   """, 4, null)]
    [InlineData("""{"a":{"dtype":"F16","shape":[2],"data_offsets":[0,4]}}""", 5, "the end of the file")]
    [InlineData("""{"a":{"dtype":"F16","shape":[2],"data_offsets":[0,4]}}""", 3, "a file of at least")]
    [InlineData("""{"a":{"dtype":"F16","shape":[3],"data_offsets":[0,4]}}""", 4, "6 bytes for F16 [3]")]
    [InlineData("""{"a":{"dtype":"F17","shape":[2],"data_offsets":[0,4]}}""", 4, "element types")]
    [InlineData(
        """{"a":{"dtype":"F16","shape":[2],"data_offsets":[0,4]},"a":{"dtype":"F16","shape":[2],"data_offsets":[4,8]}}""",
        8,
        "each name once")]
    [InlineData(
        """{"a":{"dtype":"F16","shape":[2],"data_offsets":[0,4]},"b":{"dtype":"F16","shape":[2],"data_offsets":[2,6]}}""",
        6,
        "where the tensor before ends")]
    [InlineData(
        """{"a":{"dtype":"F16","shape":[2],"data_offsets":[0,4]},"b":{"dtype":"F16","shape":[2],"data_offsets":[6,10]}}""",
        10,
        "where the tensor before ends")]
    [InlineData("""{"a":{"dtype":"F16","shape":[2],"data_offsets":[4,0]}}""", 4, "data_offsets [4, 0]")]
    [InlineData("""{"a":{"dtype":"F16","shape":[-2],"data_offsets":[0,4]}}""", 4, "whole numbers")]
    [InlineData("""{"a":{"dtype":"F16","shape":[9223372036854775807,4],"data_offsets":[0,4]}}""", 4, "fits in memory")]
    [InlineData("""{"a":{"dtype":"F16","shape":[2]}}""", 4, "two data_offsets")]
    [InlineData("""{"a":{"dtype":"F16","shape":[2],"data_offsets":[0,4],"x":1}}""", 4, "'x'")]
    [InlineData("""{"__metadata__":{"format":1}}""", 0, "String")]
    [InlineData("""{"a":{"dtype":"F16","shape":[2],"data_offsets":[0,4]}""", 4, "JSON")]
    [InlineData(""" {"a":{"dtype":"F16","shape":[2],"data_offsets":[0,4]}}""", 4, "'{'")]
    [InlineData("", 0, "'{'")]
    public void Header_IsHeldToEveryRule(string header, int dataBytes, string? complaint)
    {
        using var folder = new TemporaryFolder();
        WriteRaw(folder["a.safetensors"], Encoding.UTF8.GetBytes(header), dataBytes);
        var error = Record.Exception(() => SafetensorsFile.Open(folder["a.safetensors"]).Dispose());
        if (complaint is null)
        {
            Assert.Null(error);
        }
        else
        {
            var refused = Assert.IsType<CheckpointFormatException>(error);
            Assert.Contains(complaint, refused.Message, StringComparison.Ordinal);
            Assert.StartsWith(folder["a.safetensors"], refused.Message, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData(new byte[0])]
    [InlineData(new byte[] { 1, 2, 3 })]
    [InlineData(new byte[] { 255, 255, 255, 255, 255, 255, 255, 255 })]
    [InlineData(new byte[] { 255, 255, 255, 255, 255, 255, 255, 127, 123 })]
    public void File_TooShortForItsHeader_IsRefused(byte[] bytes)
    {
        using var folder = new TemporaryFolder();
        File.WriteAllBytes(folder["a.safetensors"], bytes);
        Assert.Throws<CheckpointFormatException>(() => SafetensorsFile.Open(folder["a.safetensors"]));
    }

    [Fact]
    public void Header_ThatIsNotUtf8_IsRefused()
    {
        using var folder = new TemporaryFolder();
        WriteRaw(folder["a.safetensors"], [.. "{\""u8, 0xff, 0xfe, .. "\":{\"dtype\":\"F16\",\"shape\":[2],\"data_offsets\":[0,4]}}"u8], 4);
        Assert.Throws<CheckpointFormatException>(() => SafetensorsFile.Open(folder["a.safetensors"]));
    }

    /// <summary>
    /// 20,000 damaged headers from one good one: always the typed exception or a file that reads, never anything else, and never much
    /// memory.
    /// </summary>
    [Fact]
    public void Header_DamagedAtRandom_IsReadOrRefusedButNeverWorse()
    {
        const int seed = 20260711;
        const long allowedBytes = 64L << 20;
        using var folder = new TemporaryFolder();
        var path = folder["a.safetensors"];
        var good = Encoding.UTF8.GetBytes(
            """{"__metadata__":{"format":"pt"},"a.weight":{"dtype":"F16","shape":[3,2],"data_offsets":[0,12]}"""
            + ""","b":{"dtype":"F32","shape":[],"data_offsets":[12,16]}}""");
        var random = new Random(seed);
        int refused = 0, read = 0;
        var count = DamageTrials.Count(5_000);
        for (var i = 0; i < count; i++)
        {
            var bytes = Damage(random, good);
            WriteRaw(path, bytes, random.Next(10) == 0 ? random.Next(40) : 16, random.Next(20) == 0 ? random.NextInt64() : null);
            var before = GC.GetAllocatedBytesForCurrentThread();
            try
            {
                using var file = SafetensorsFile.Open(path);
                foreach (var tensor in file.Tensors.Where(tensor => tensor.DType.Width() == 2))
                {
                    _ = tensor.Values<ushort>().ToArray();
                }

                read++;
            }
            catch (CheckpointFormatException)
            {
                refused++;
            }

            Assert.True(GC.GetAllocatedBytesForCurrentThread() - before < allowedBytes, $"seed {seed}, case {i}");
        }

        Assert.True(refused > 2_500 && read > 25, $"seed {seed}: {refused} refused, {read} read");
    }

    /// <summary>
    /// Headers of tens of megabytes that are no damage but an attack: refused briefly, and without allocating what they ask for.
    /// </summary>
    [Theory]
    [InlineData("name")]
    [InlineData("digits")]
    [InlineData("dimensions")]
    [InlineData("tensors")]
    [InlineData("type")]
    public void Header_OfThirtyMegabytes_IsRefusedInAFewWords(string what)
    {
        const int size = 30_000_000;
        var json = what switch
        {
            "name" => $"{{\"{new string('a', size)}\":{{\"dtype\":\"F16\",\"shape\":[1],\"data_offsets\":[0,2]}}}}",
            "digits" => $"{{\"a\":{{\"dtype\":\"F16\",\"shape\":[{new string('9', size)}],\"data_offsets\":[0,2]}}}}",
            "dimensions" =>
                $"{{\"a\":{{\"dtype\":\"F16\",\"shape\":[{string.Join(',', Enumerable.Repeat(0, size / 2))}],\"data_offsets\":[0,0]}}}}",
            "tensors" =>
                "{" + string.Join(',', Enumerable.Range(0, 300_000).Select(i => $"\"{i}\":{Empty}")) + "}",
            _ => $"{{\"a\":{{\"dtype\":\"{new string('F', size)}\",\"shape\":[1],\"data_offsets\":[0,2]}}}}",
        };
        using var folder = new TemporaryFolder();
        using (var file = File.Create(folder["model.safetensors"]))
        {
            file.Write(BitConverter.GetBytes((long)json.Length));
            file.Write(System.Text.Encoding.ASCII.GetBytes(json));
        }

        var before = GC.GetAllocatedBytesForCurrentThread();
        var error = Assert.Throws<CheckpointFormatException>(() => SafetensorsFile.Open(folder["model.safetensors"]));
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 64L << 20);
        Assert.InRange(error.Message.Length, 20, 500);
    }

    private static byte[] Damage(Random random, byte[] good)
    {
        var bytes = good.ToList();
        for (var changes = random.Next(1, 4); changes > 0; changes--)
        {
            var at = random.Next(bytes.Count);
            switch (random.Next(4))
            {
                case 0:
                    bytes[at] ^= (byte)(1 << random.Next(8));
                    break;
                case 1:
                    bytes.RemoveAt(at);
                    break;
                case 2:
                    bytes.Insert(at, (byte)random.Next(256));
                    break;
                default:
                    bytes[at] = (byte)"0123456789{}[],:\" -e."[random.Next(21)];
                    break;
            }
        }

        return [.. bytes];
    }

    private static void WriteRaw(string path, byte[] header, int dataBytes, long? claimedLength = null)
    {
        var bytes = new byte[8 + header.Length + dataBytes];
        BinaryPrimitives.WriteInt64LittleEndian(bytes, claimedLength ?? header.Length);
        header.CopyTo(bytes, 8);
        File.WriteAllBytes(path, bytes);
    }
}
