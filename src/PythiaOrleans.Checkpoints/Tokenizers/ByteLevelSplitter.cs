using System.Globalization;
using System.Text;
using Microsoft.ML.Tokenizers;

namespace PythiaOrleans.Checkpoints.Tokenizers;

/// <summary>
/// GPT-2's cut before the merges: contractions, words, numbers and other marks with the space before them, runs of white space.
/// </summary>
/// <remarks>
/// Walks code points. A regular expression of .NET walks UTF-16 units and takes a letter beyond the basic plane for two marks:
/// 108 of 3,039 test strings then come out wrong.
/// </remarks>
internal sealed class ByteLevelSplitter : PreTokenizer
{
    private static readonly string[] Contractions = ["s", "t", "re", "ve", "m", "ll", "d"];

    private enum Kind
    {
        Space,
        Letter,
        Number,
        Other,
    }

    /// <inheritdoc />
    public override IEnumerable<(int Offset, int Length)> PreTokenize(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        for (var start = 0; start < text.Length;)
        {
            var length = LengthAt(text, start);
            yield return (start, length);
            start += length;
        }
    }

    /// <inheritdoc />
    public override IEnumerable<(int Offset, int Length)> PreTokenize(ReadOnlySpan<char> text) => PreTokenize(text.ToString());

    private static int LengthAt(string text, int start)
    {
        if (text[start] == '\'' && Contractions.FirstOrDefault(ending => string.CompareOrdinal(text, start + 1, ending, 0, ending.Length) == 0) is { } found)
        {
            return 1 + found.Length;
        }

        // One space may stand before a word, a number or other marks.
        var first = text[start] == ' ' && start + 1 < text.Length && KindAt(text, start + 1).Kind != Kind.Space ? start + 1 : start;
        var kind = KindAt(text, first).Kind;
        var end = first;
        var last = first;
        while (end < text.Length && KindAt(text, end) is var next && next.Kind == kind)
        {
            last = end;
            end += next.Length;
        }

        // Of white space before anything else the last one is left: it belongs to what follows, or stands alone.
        return kind == Kind.Space && end < text.Length && last > start ? last - start : end - start;
    }

    private static (Kind Kind, int Length) KindAt(string text, int at)
    {
        if (Rune.DecodeFromUtf16(text.AsSpan(at), out var rune, out var length) != System.Buffers.OperationStatus.Done)
        {
            return (Kind.Other, length); // half of a pair, which UTF-8 cannot say
        }

        var kind = Rune.IsWhiteSpace(rune) ? Kind.Space : Rune.GetUnicodeCategory(rune) switch
        {
            <= UnicodeCategory.OtherLetter => Kind.Letter,
            UnicodeCategory.DecimalDigitNumber or UnicodeCategory.LetterNumber or UnicodeCategory.OtherNumber => Kind.Number,
            _ => Kind.Other,
        };
        return (kind, length);
    }
}
