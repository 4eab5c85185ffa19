using System.Text;
using System.Text.Json;
using PythiaOrleans.Checkpoints.Formats;

namespace PythiaOrleans.Checkpoints.Families;

/// <summary>
/// Reads the JSON that Python writes: the numbers <c>NaN</c>, <c>Infinity</c> and <c>-Infinity</c>, which JSON does
/// not have.
/// </summary>
/// <remarks>
/// Such a number becomes a string of the same letters: it is refused where a number is needed, with the field's name, and nowhere else.
/// </remarks>
public static class ConfigJson
{
    /// <summary>The largest file that is read, in bytes. Published configurations have a few thousand.</summary>
    public const int MaxBytes = 16 << 20;

    private const int MaxDepth = 64;

    private static readonly string[] Words = ["-Infinity", "Infinity", "NaN"];

    /// <summary>Parses a file.</summary>
    /// <param name="file">The path.</param>
    /// <param name="maxBytes">Larger files are refused before they are read.</param>
    /// <exception cref="CheckpointFormatException">It is larger, is not UTF-8, is no JSON, or is nested more than 64 levels deep.
    /// </exception>
    public static JsonDocument Read(string file, int maxBytes = MaxBytes)
    {
        var bytes = JsonFile.Read(file, maxBytes);
        try
        {
            var document = JsonDocument.Parse(Normalize(bytes), new JsonDocumentOptions { MaxDepth = MaxDepth });
            CheckText(document.RootElement);
            return document;
        }
        catch (InvalidOperationException error)
        {
            throw new CheckpointFormatException(file, "text", "Unicode", error.Message, "Fetch the file again.");
        }
        catch (JsonException error)
        {
            throw new CheckpointFormatException(
                file, $"line {error.LineNumber + 1}", "JSON", JsonFile.Describe(error), "Fetch the file again.");
        }
    }

    // An escaped half of a surrogate pair parses, and throws only when it is read as text.
    private static void CheckText(JsonElement element)
    {
        switch (element.ValueKind)
        {
            case JsonValueKind.String:
                _ = element.GetString();
                break;
            case JsonValueKind.Array:
                foreach (var item in element.EnumerateArray())
                {
                    CheckText(item);
                }

                break;
            case JsonValueKind.Object:
                foreach (var property in element.EnumerateObject())
                {
                    _ = property.Name;
                    CheckText(property.Value);
                }

                break;
        }
    }

    private static ReadOnlyMemory<byte> Normalize(ReadOnlyMemory<byte> json) =>
        json.Span.IndexOfAny((byte)'N', (byte)'I') < 0 ? json : QuoteWords(json.Span);

    // Outside of strings only; a name that holds the word stays as it is.
    private static byte[] QuoteWords(ReadOnlySpan<byte> json)
    {
        var result = new MemoryStream(json.Length + 64);
        var isInString = false;
        for (var at = 0; at < json.Length; at++)
        {
            if (!isInString && WordAt(json[at..]) is { } word)
            {
                result.Write(Encoding.ASCII.GetBytes($"\"{word}\""));
                at += word.Length - 1;
                continue;
            }

            result.WriteByte(json[at]);
            if (isInString && json[at] == '\\' && at + 1 < json.Length)
            {
                result.WriteByte(json[++at]);
            }
            else if (json[at] == '"')
            {
                isInString = !isInString;
            }
        }

        return result.ToArray();
    }

    private static string? WordAt(ReadOnlySpan<byte> json)
    {
        foreach (var word in Words)
        {
            if (json.Length >= word.Length && Ascii.Equals(json[..word.Length], word))
            {
                return word;
            }
        }

        return null;
    }
}
