using System.Buffers.Binary;
using System.Text;
using System.Text.Json;
using System.Text.Unicode;

namespace PythiaOrleans.Checkpoints.Formats.Safetensors;

/// <summary>
/// Reads and checks the header of a safetensors file: 8 bytes of length N, N bytes of JSON, then the tensors without gaps.
/// </summary>
/// <remarks>
/// Everything that the reference implementation refuses is refused here: N over 100 MB or past the end of the file, JSON that does not
/// start with an opening brace, is not UTF-8 or repeats a name, unknown element types, shapes that overflow or do not fit their bytes,
/// offsets that overlap, leave gaps or leave bytes at the end. Beyond it, names, dimensions and tensors are bounded, so that no header
/// makes its reader allocate more than 64 MB.
/// </remarks>
internal static class SafetensorsHeader
{
    /// <summary>The limit of the reference implementation.</summary>
    private const long MaxHeader = 100_000_000;

    private const int LengthBytes = 8;

    // No model comes near these; without them a header of 100 MB could ask for several times its size.
    private const int MaxName = 4096;
    private const int MaxDimensions = 64;
    private const int MaxTensors = 50_000;
    private const int MaxQuote = 80;

    private const string Damaged = "The file is damaged or is no safetensors file: fetch it again.";

    /// <summary>One tensor of the header; offsets count from the start of the file.</summary>
    public readonly record struct Entry(string Name, DType DType, long[] Shape, long Begin, long End);

    /// <summary>Reads the header of a file.</summary>
    /// <exception cref="CheckpointFormatException">The header breaks one of the rules.</exception>
    public static IReadOnlyList<Entry> Read(RandomAccessFile file)
    {
        if (file.Length < LengthBytes)
        {
            throw Wrong(file, "byte 0", "8 bytes of header length", $"a file of {file.Length} bytes");
        }

        var length = BinaryPrimitives.ReadUInt64LittleEndian(file.Read(0, LengthBytes));
        if (length > MaxHeader || length > (ulong)(file.Length - LengthBytes))
        {
            var limit = Math.Min(MaxHeader, file.Length - LengthBytes);
            throw Wrong(file, "byte 0", $"a header of at most {limit} bytes (the file has {file.Length})", $"a header length of {length}");
        }

        var json = file.Read(LengthBytes, (int)length);
        if (json.Length == 0 || json[0] != (byte)'{')
        {
            throw Wrong(file, "byte 8", "'{'", json.Length == 0 ? "an empty header" : $"byte 0x{json[0]:x2}");
        }

        var entries = Parse(file, json);
        CheckLayout(file, entries, LengthBytes + (long)length);
        return entries;
    }

    private static List<Entry> Parse(RandomAccessFile file, ReadOnlySpan<byte> json)
    {
        var entries = new List<Entry>();
        var names = new HashSet<string>(StringComparer.Ordinal);
        var dataStart = LengthBytes + json.Length;
        try
        {
            var reader = new Utf8JsonReader(json, new JsonReaderOptions { MaxDepth = 4 });
            Expect(ref reader, JsonTokenType.StartObject, file, "the header");
            while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
            {
                var name = Text(ref reader, file, $"tensor {entries.Count + 1}", MaxName);
                if (entries.Count == MaxTensors)
                {
                    throw Wrong(file, "the header", $"at most {MaxTensors} tensors", "more");
                }

                if (!names.Add(name))
                {
                    throw Wrong(file, $"tensor '{name}'", "each name once", "the name twice");
                }

                if (name == "__metadata__")
                {
                    ReadMetadata(ref reader, file);
                }
                else
                {
                    entries.Add(ReadEntry(ref reader, file, name, dataStart));
                }
            }

            if (reader.TokenType != JsonTokenType.EndObject || reader.Read())
            {
                throw Wrong(file, $"byte {LengthBytes + reader.TokenStartIndex}", "the end of the header", $"{reader.TokenType}");
            }
        }
        catch (JsonException error)
        {
            throw Wrong(file, $"the header, near byte {LengthBytes + (error.BytePositionInLine ?? 0)}", "JSON", error.Message);
        }
        catch (Exception error) when (error is InvalidOperationException or FormatException or DecoderFallbackException)
        {
            throw Wrong(file, "the header", "UTF-8 text and whole numbers", error.Message);
        }

        return entries;
    }

    private static void ReadMetadata(ref Utf8JsonReader reader, RandomAccessFile file)
    {
        Expect(ref reader, JsonTokenType.StartObject, file, "__metadata__");
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            Expect(ref reader, JsonTokenType.String, file, "__metadata__");
            if (!Utf8.IsValid(reader.ValueSpan))
            {
                throw Wrong(file, "__metadata__", "UTF-8 text", "something else");
            }
        }
    }

    private static Entry ReadEntry(ref Utf8JsonReader reader, RandomAccessFile file, string name, long dataStart)
    {
        string? type = null;
        long[]? shape = null;
        long[]? offsets = null;
        var place = $"tensor '{name}'";
        Expect(ref reader, JsonTokenType.StartObject, file, place);
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            switch (Text(ref reader, file, place, MaxQuote))
            {
                case "dtype" when type is null:
                    Expect(ref reader, JsonTokenType.String, file, place);
                    type = Text(ref reader, file, place, MaxQuote);
                    break;
                case "shape" when shape is null:
                    shape = ReadNumbers(ref reader, file, place);
                    break;
                case "data_offsets" when offsets is null:
                    offsets = ReadNumbers(ref reader, file, place);
                    break;
                case var field:
                    throw Wrong(file, place, "dtype, shape and data_offsets once each", $"'{field}'");
            }
        }

        if (type is null || shape is null || offsets is not [var begin, var end])
        {
            throw Wrong(file, place, "dtype, shape and two data_offsets", "an entry without one of them");
        }

        if (!DTypes.TryParse(type, out var dtype))
        {
            throw new CheckpointFormatException(
                file.Path,
                place,
                $"one of the element types {string.Join(", ", Enum.GetValues<DType>().Select(known => known.Spelling()))}",
                $"'{type}'",
                "This element type is not supported.");
        }

        CheckSize(file, place, dtype, shape, begin, end);
        if (end > file.Length - dataStart)
        {
            throw Wrong(
                file, place, $"bytes {begin} to {end} of the data, so a file of at least {(Int128)dataStart + end} bytes",
                $"a file of {file.Length} bytes");
        }

        return new Entry(name, dtype, shape, dataStart + begin, dataStart + end);
    }

    private static long[] ReadNumbers(ref Utf8JsonReader reader, RandomAccessFile file, string place)
    {
        var numbers = new List<long>();
        Expect(ref reader, JsonTokenType.StartArray, file, place);
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            if (reader.TokenType != JsonTokenType.Number || !reader.TryGetInt64(out var number) || number < 0)
            {
                var found = Encoding.UTF8.GetString(reader.ValueSpan[..Math.Min(MaxQuote, reader.ValueSpan.Length)]);
                throw Wrong(file, place, "whole numbers from 0 to 2^63 - 1", found);
            }

            if (numbers.Count == MaxDimensions)
            {
                throw Wrong(file, place, $"at most {MaxDimensions} numbers", "more");
            }

            numbers.Add(number);
        }

        return [.. numbers];
    }

    // Its length is looked at before a string is made of it.
    private static string Text(ref Utf8JsonReader reader, RandomAccessFile file, string place, int maxBytes) =>
        reader.ValueSpan.Length <= maxBytes
        ? reader.GetString()!
        : throw Wrong(
            file,
            place,
            $"a text of at most {maxBytes} bytes",
            $"one of {reader.ValueSpan.Length}: {Encoding.UTF8.GetString(reader.ValueSpan[..MaxQuote])}...");

    private static void CheckSize(RandomAccessFile file, string place, DType dtype, long[] shape, long begin, long end)
    {
        Int128 bits = dtype.Bits();
        foreach (var size in shape)
        {
            bits *= size;
            if (bits > (Int128)long.MaxValue * 8)
            {
                throw Wrong(file, place, "a shape that fits in memory", $"shape [{string.Join(", ", shape)}]");
            }
        }

        if (bits % 8 != 0)
        {
            throw Wrong(file, place, "elements that fill whole bytes", $"{dtype.Spelling()} [{string.Join(", ", shape)}]");
        }

        var bytes = bits / 8;

        if (begin > end || end - begin != bytes)
        {
            throw Wrong(file, place, $"{bytes} bytes for {dtype} [{string.Join(", ", shape)}]", $"data_offsets [{begin}, {end}]");
        }
    }

    private static void CheckLayout(RandomAccessFile file, List<Entry> entries, long dataStart)
    {
        var next = dataStart;
        foreach (var entry in entries.OrderBy(entry => entry.Begin).ThenBy(entry => entry.End))
        {
            if (entry.Begin != next)
            {
                throw Wrong(
                    file,
                    $"tensor '{entry.Name}'",
                    $"its bytes to start at {next}, where the tensor before ends",
                    $"a start at {entry.Begin}");
            }

            next = entry.End;
        }

        if (next != file.Length)
        {
            throw Wrong(file, $"byte {next}", "the end of the file, where the last tensor ends", $"{file.Length - next} more bytes");
        }
    }

    private static void Expect(ref Utf8JsonReader reader, JsonTokenType type, RandomAccessFile file, string place)
    {
        if (!reader.Read() || reader.TokenType != type)
        {
            throw Wrong(file, place, type.ToString(), reader.TokenType.ToString());
        }
    }

    private static CheckpointFormatException Wrong(RandomAccessFile file, string place, string expected, string found) =>
        new(file.Path, place, expected, found, Damaged);
}
