using System.Buffers.Binary;
using System.Text;
using System.Text.Json;

namespace PythiaOrleans.Checkpoints.Formats.Safetensors;

/// <summary>Writes safetensors files: the bytes grow under a draft's name, and a rename publishes them.</summary>
public static class SafetensorsWriter
{
    private const int Alignment = 8;

    /// <summary>Writes the tensors in the given order.</summary>
    /// <exception cref="ArgumentException">A tensor's data do not fit its shape, or a name occurs twice.</exception>
    public static void Write(string path, IReadOnlyList<TensorToWrite> tensors)
    {
        ArgumentNullException.ThrowIfNull(tensors);
        WriteParts(
            path,
            [
                .. tensors.Select(
                    tensor =>
                        new TensorParts(tensor.Name, tensor.DType, tensor.Shape, tensor.Data.Length, write => write(tensor.Data.Span)))
            ]);
    }

    /// <summary>Writes tensors whose bytes come part by part, so that no tensor is held in memory.</summary>
    /// <exception cref="ArgumentException">A tensor's length does not fit its shape, or a name occurs twice.</exception>
    internal static void WriteParts(string path, IReadOnlyList<TensorParts> tensors)
    {
        var header = Header(tensors);
        var draft = $"{path}.{Guid.NewGuid():N}.draft";
        try
        {
            using (var stream = new FileStream(draft, FileMode.CreateNew, FileAccess.Write))
            {
                Span<byte> length = stackalloc byte[8];
                BinaryPrimitives.WriteUInt64LittleEndian(length, (ulong)header.Length);
                stream.Write(length);
                stream.Write(header);
                foreach (var tensor in tensors)
                {
                    tensor.Write(stream.Write);
                }
            }

            File.Move(draft, path, overwrite: true);
        }
        finally
        {
            File.Delete(draft);
        }
    }

    private static byte[] Header(IReadOnlyList<TensorParts> tensors)
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer))
        {
            var names = new HashSet<string>(StringComparer.Ordinal);
            long offset = 0;
            json.WriteStartObject();
            foreach (var tensor in tensors)
            {
                var expected = tensor.Shape.Aggregate((long)tensor.DType.Bits(), (product, size) => checked(product * size)) / 8;
                if (expected != tensor.Bytes || !names.Add(tensor.Name))
                {
                    throw new ArgumentException(
                        $"Tensor '{tensor.Name}': expected a new name and {expected} bytes for {tensor.DType} "
                            + $"[{string.Join(", ", tensor.Shape)}], found {tensor.Bytes} bytes.",
                        nameof(tensors));
                }

                json.WriteStartObject(tensor.Name);
                json.WriteString("dtype", tensor.DType.Spelling());
                json.WriteStartArray("shape");
                foreach (var size in tensor.Shape)
                {
                    json.WriteNumberValue(size);
                }

                json.WriteEndArray();
                json.WriteStartArray("data_offsets");
                json.WriteNumberValue(offset);
                json.WriteNumberValue(offset += expected);
                json.WriteEndArray();
                json.WriteEndObject();
            }

            json.WriteEndObject();
        }

        // Spaces keep the first tensor aligned, so that wide elements can be read in place.
        buffer.Write(Encoding.ASCII.GetBytes(new string(' ', (int)((Alignment - (buffer.Length % Alignment)) % Alignment))));
        return buffer.ToArray();
    }
}
