using System.Buffers.Binary;
using System.Text;
using PythiaOrleans.Checkpoints.Formats;
using PythiaOrleans.Checkpoints.Formats.Safetensors;
using PythiaOrleans.Testing;

namespace PythiaOrleans.Checkpoints.Tests;

public sealed class StoredTensorTests
{
    /// <summary>A tensor of more than 2³¹ elements: parts are read wherever they are, the whole is refused by name.</summary>
    [Fact]
    public void TensorBeyondTwoToThe31Elements_IsReadInParts()
    {
        const long rows = 131_073, columns = 16_384, count = rows * columns;
        using var folder = new TemporaryFolder();
        var path = folder["model.safetensors"];
        var header = Encoding.UTF8.GetBytes(
            $$"""{"huge.weight":{"dtype":"F16","shape":[{{rows}},{{columns}}],"data_offsets":[0,{{count * 2}}] } }""".PadRight(128));
        using (var file = File.Create(path))
        {
            var length = new byte[8];
            BinaryPrimitives.WriteInt64LittleEndian(length, header.Length);
            file.Write(length);
            file.Write(header);
            file.SetLength(length.Length + header.Length + (count * 2)); // sparse: takes no room on the disk
            file.Seek(-4, SeekOrigin.End);
            file.Write([0x34, 0x12, 0x78, 0x56]);
        }

        using var opened = SafetensorsFile.Open(path);
        var tensor = Assert.Single(opened.Tensors);
        Assert.Equal(count, tensor.Count);
        var values = new ushort[3];
        tensor.Read<ushort>(count - 3, values);
        Assert.Equal([0, 0x1234, 0x5678], values);
        var error = Assert.Throws<NotSupportedException>(() => tensor.Values<ushort>().Length);
        Assert.Contains("'huge.weight' [131073, 16384]", error.Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentOutOfRangeException>(() => tensor.Read<ushort>(count - 2, values));
        Assert.Throws<ArgumentOutOfRangeException>(() => tensor.Read<ushort>(-1, values));
    }
}
