using System.Buffers;
using System.Globalization;
using System.Text;

namespace PythiaOrleans.Checkpoints.Tokenizers;

/// <summary>Sets digits apart from everything else, each alone or in runs: <c>Digits</c>, as SmolLM has it.</summary>
/// <param name="individual">Whether each digit is a piece of its own.</param>
internal sealed class DigitSplitter(bool individual) : ITextSplitter
{
    /// <inheritdoc />
    public IEnumerable<(int Offset, int Length)> Split(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        var (start, wasDigit) = (0, false);
        for (var at = 0; at < text.Length;)
        {
            var (isDigit, length) = DigitAt(text, at);
            if (at > start && (isDigit != wasDigit || (isDigit && individual)))
            {
                yield return (start, at - start);
                start = at;
            }

            (wasDigit, at) = (isDigit, at + length);
        }

        if (start < text.Length)
        {
            yield return (start, text.Length - start);
        }
    }

    private static (bool IsDigit, int Length) DigitAt(string text, int at) =>
        (Rune.DecodeFromUtf16(text.AsSpan(at), out var rune, out var length) == OperationStatus.Done
            && Rune.GetUnicodeCategory(rune) is
                UnicodeCategory.DecimalDigitNumber or UnicodeCategory.LetterNumber or UnicodeCategory.OtherNumber, length);
}
