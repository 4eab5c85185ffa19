using System.Buffers;
using System.Collections.Frozen;
using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace PythiaOrleans.Checkpoints.Tokenizers;

/// <summary>Sets the matches of a regular expression apart: <c>Split</c>, as Llama 3, Qwen 2 and OLMo 2 have it.</summary>
/// <remarks>
/// A regular expression of .NET walks UTF-16 units, the reference's walks code points. Each character beyond the basic plane is therefore
/// replaced, for the match only, by one of
/// the basic plane that has the same Unicode category: patterns of tokenizers name categories, never such characters.
/// </remarks>
internal sealed class PatternSplitter : ITextSplitter
{
    // A pattern that takes longer on a batch's text than this is not one of a tokenizer.
    private static readonly TimeSpan MaxTime = TimeSpan.FromSeconds(20);

    private static readonly FrozenDictionary<UnicodeCategory, char> StandIns = new Dictionary<UnicodeCategory, char>
    {
        [UnicodeCategory.UppercaseLetter] = '\u2c6f',
        [UnicodeCategory.LowercaseLetter] = '\u2c65',
        [UnicodeCategory.TitlecaseLetter] = '\u1f88',
        [UnicodeCategory.ModifierLetter] = '\ua7f8',
        [UnicodeCategory.OtherLetter] = '\u5b57',
        [UnicodeCategory.NonSpacingMark] = '\u0353',
        [UnicodeCategory.SpacingCombiningMark] = '\u0903',
        [UnicodeCategory.EnclosingMark] = '\u0488',
        [UnicodeCategory.DecimalDigitNumber] = '\u0660',
        [UnicodeCategory.LetterNumber] = '\u3007',
        [UnicodeCategory.OtherNumber] = '\u2460',
        [UnicodeCategory.ConnectorPunctuation] = '\u203f',
        [UnicodeCategory.DashPunctuation] = '\u2015',
        [UnicodeCategory.OpenPunctuation] = '\u2045',
        [UnicodeCategory.ClosePunctuation] = '\u2046',
        [UnicodeCategory.InitialQuotePunctuation] = '\u00ab',
        [UnicodeCategory.FinalQuotePunctuation] = '\u00bb',
        [UnicodeCategory.OtherPunctuation] = '\u2021',
        [UnicodeCategory.MathSymbol] = '\u2200',
        [UnicodeCategory.CurrencySymbol] = '\u20a1',
        [UnicodeCategory.ModifierSymbol] = '\ua700',
        [UnicodeCategory.OtherSymbol] = '\u2600',
        [UnicodeCategory.Format] = '\u2060',
        [UnicodeCategory.PrivateUse] = '\ue000',
        [UnicodeCategory.OtherNotAssigned] = '\u0378',
    }.ToFrozenDictionary();

    private readonly Regex _pattern;
    private readonly bool _keepsGaps;

    /// <summary>A splitter of one pattern.</summary>
    /// <param name="pattern">The regular expression.</param>
    /// <param name="keepsGaps">Whether what lies between the matches is a piece too, and not dropped.</param>
    /// <exception cref="ArgumentException">.NET has no such expression, a possessive quantifier for example.</exception>
    public PatternSplitter(string pattern, bool keepsGaps)
    {
        _pattern = new Regex(pattern, RegexOptions.CultureInvariant, MaxTime);
        _keepsGaps = keepsGaps;
    }

    /// <inheritdoc />
    public IEnumerable<(int Offset, int Length)> Split(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        var (basic, offsets) = ToBasicPlane(text);
        var end = 0;
        for (var match = _pattern.Match(basic); match.Success; match = match.NextMatch())
        {
            if (match.Length == 0)
            {
                continue;
            }

            if (_keepsGaps && match.Index > end)
            {
                yield return Piece(end, match.Index);
            }

            end = match.Index + match.Length;
            yield return Piece(match.Index, end);
        }

        if (_keepsGaps && end < basic.Length)
        {
            yield return Piece(end, basic.Length);
        }

        (int Offset, int Length) Piece(int from, int to) =>
            offsets is null ? (from, to - from) : (offsets[from], offsets[to] - offsets[from]);
    }

    // The text in characters of the basic plane, with the place of each in the text; null where the two are the same.
    private static (string Basic, int[]? Offsets) ToBasicPlane(string text)
    {
        if (!text.AsSpan().ContainsAnyInRange('\ud800', '\udfff'))
        {
            return (text, null);
        }

        var (basic, offsets) = (new StringBuilder(text.Length), new List<int>(text.Length + 1));
        for (var at = 0; at < text.Length;)
        {
            offsets.Add(at);
            var isWhole = Rune.DecodeFromUtf16(text.AsSpan(at), out var rune, out var length) == OperationStatus.Done;
            basic.Append(length == 1 && isWhole
                ? text[at]
                : StandIns.GetValueOrDefault(isWhole ? Rune.GetUnicodeCategory(rune) : UnicodeCategory.OtherSymbol, '\u2600'));
            at += length;
        }

        offsets.Add(text.Length);
        return (basic.ToString(), [.. offsets]);
    }
}
