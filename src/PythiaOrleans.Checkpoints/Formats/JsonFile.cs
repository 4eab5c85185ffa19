using System.Text;
using System.Text.Json;
using System.Text.Unicode;

namespace PythiaOrleans.Checkpoints.Formats;

/// <summary>Reads the bytes of a JSON file of a checkpoint: UTF-8, as JSON is, and nothing else.</summary>
internal static class JsonFile
{
    private const string Advice = "Save it as UTF-8 (`iconv -t utf-8` converts a file), or fetch it again.";

    /// <summary>The file's text as UTF-8 without a byte order mark.</summary>
    /// <param name="path">The file.</param>
    /// <param name="maxBytes">More is refused before a byte is read.</param>
    /// <exception cref="CheckpointFormatException">It is no regular file, empty, too long, a Git LFS pointer, or text in another
    /// encoding.</exception>
    /// <exception cref="FileNotFoundException">There is none.</exception>
    public static ReadOnlyMemory<byte> Read(string path, int maxBytes)
    {
        var bytes = RegularFile.ReadAll(path, maxBytes);
        if (bytes.Length == 0)
        {
            throw new CheckpointFormatException(path, "the file", "JSON", "an empty file", "Fetch the file again.");
        }

        if (FindWideEncoding(bytes) is { } encoding)
        {
            throw new CheckpointFormatException(path, "the text's encoding", "UTF-8", encoding, Advice);
        }

        if (FindInvalid(bytes) is { } invalid)
        {
            throw new CheckpointFormatException(
                path, $"byte {invalid}", "UTF-8 text",
                $"0x{bytes[invalid]:x2}, which is none: the file is in another encoding, such as Latin-1, or damaged", Advice);
        }

        return bytes.AsSpan().StartsWith(Encoding.UTF8.Preamble) ? bytes.AsMemory(Encoding.UTF8.Preamble.Length) : bytes;
    }

    /// <summary>What is wrong with the text, without the places that .NET adds: the line is said elsewhere.</summary>
    public static string Describe(JsonException error)
    {
        var message = error.Message;
        var end = new[] { " Path:", " LineNumber:" }.Select(word => message.IndexOf(word, StringComparison.Ordinal))
            .Where(at => at > 0).DefaultIfEmpty(message.Length).Min();
        return message[..end].TrimEnd('.', ' ');
    }

    // JSON starts with ASCII: of its first two characters the zeros show how wide the encoding is, without a mark too.
    private static string? FindWideEncoding(ReadOnlySpan<byte> bytes) => bytes switch
    {
        [0xff, 0xfe, 0, 0, ..] or [0, 0, 0xfe, 0xff, ..] => "UTF-32 with a byte order mark",
        [0xff, 0xfe, ..] or [0xfe, 0xff, ..] => "UTF-16 with a byte order mark",
        [not 0, 0, 0, 0, ..] or [0, 0, 0, not 0, ..] => "UTF-32",
        [not 0, 0, not 0, 0, ..] or [0, not 0, 0, not 0, ..] => "UTF-16",
        _ => null,
    };

    private static int? FindInvalid(ReadOnlySpan<byte> bytes)
    {
        if (Utf8.IsValid(bytes))
        {
            return null;
        }

        var at = 0;
        while (Rune.DecodeFromUtf8(bytes[at..], out _, out var length) == System.Buffers.OperationStatus.Done)
        {
            at += length;
        }

        return at;
    }
}
