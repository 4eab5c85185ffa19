using System.Globalization;
using System.Text;

namespace PythiaOrleans.Nano;

/// <summary>Text that a small model can learn something from: seeded, endless, and never the same twice.</summary>
/// <remarks>
/// Words are drawn by Zipf's law from a made-up vocabulary, each with a few favourite successors; sentences have capitals and punctuation,
/// some are quoted; between them stand counts, sums and indented lists, so that digits, letters and marks each have company that an
/// embedding can find.
/// </remarks>
internal sealed class NanoText
{
    private const int VocabularySize = 600;
    private const int Favourites = 3;
    private const double FollowsFavourite = 0.7;

    private static readonly string[] Onsets = ["b", "d", "f", "g", "k", "l", "m", "n", "p", "r", "s", "t", "v", "st", "tr", "pl", "gr",
        "sh"];
    private static readonly string[] Vowels = ["a", "e", "i", "o", "u", "ai", "ea"];
    private static readonly string[] Codas = ["", "", "n", "r", "l", "s", "t", "nd"];

    // The language is one, whatever the text: a tokenizer learned from one text must fit all others.
    private const int LanguageSeed = 1;

    private readonly string[] _words;
    private readonly int[][] _successors;
    private readonly double[] _cumulative;

    private Random _random = new(LanguageSeed);

    /// <summary>A text in the one language; other seeds give other texts.</summary>
    public NanoText(int seed)
    {
        _words = MakeWords();
        _cumulative = MakeCumulative();
        // The favourites are drawn evenly: by Zipf's law, two frequent words would follow each other in circles.
        _successors = [.. _words.Select(_ => Enumerable.Range(0, Favourites).Select(_ => _random.Next(VocabularySize)).ToArray())];
        _random = new Random(seed);
    }

    /// <summary>At least so many characters, to the end of a paragraph.</summary>
    public string Write(int characters)
    {
        var text = new StringBuilder(characters + 1000);
        while (text.Length < characters)
        {
            switch (_random.Next(10))
            {
                case 0:
                    Count(text);
                    break;
                case 1:
                    Sums(text);
                    break;
                case 2:
                    List(text);
                    break;
                default:
                    Paragraph(text);
                    break;
            }
        }

        return text.ToString();
    }

    private void Paragraph(StringBuilder text)
    {
        for (var sentences = _random.Next(2, 6); sentences > 0; sentences--)
        {
            var quoted = _random.Next(6) == 0;
            text.Append(quoted ? "\"" : "");
            Sentence(text);
            text.Append(_random.Next(8) switch { 0 => '!', 1 => '?', _ => '.' }).Append(quoted ? "\"" : "")
                .Append(sentences > 1 ? ' ' : '\n');
        }
    }

    private void Sentence(StringBuilder text)
    {
        var word = DrawWord();
        text.Append(Capital(_words[word]));
        for (var length = _random.Next(4, 13); length > 0; length--)
        {
            word = _random.NextDouble() < FollowsFavourite ? _successors[word][Favourite()] : DrawWord();
            text.Append(_random.Next(12) == 0 ? ", " : " ").Append(_words[word]);
        }
    }

    private void Count(StringBuilder text)
    {
        var (start, by) = (_random.Next(0, 90), _random.Next(1, 4));
        text.Append("Count: ").AppendJoin(", ", Enumerable.Range(0, _random.Next(5, 12)).Select(i => Number(start + (i * by))))
            .Append(".\n");
    }

    private void Sums(StringBuilder text)
    {
        for (var lines = _random.Next(1, 4); lines > 0; lines--)
        {
            var (a, b) = (_random.Next(0, 20), _random.Next(0, 20));
            text.Append(Number(a)).Append(" + ").Append(Number(b)).Append(" = ").Append(Number(a + b)).Append('\n');
        }
    }

    private void List(StringBuilder text)
    {
        text.Append(Capital(_words[DrawWord()])).Append(":\n");
        for (var (item, items) = (1, _random.Next(3, 7)); item <= items; item++)
        {
            text.Append("    ").Append(Number(item)).Append(") ").Append(_words[DrawWord()]).Append(";\n");
        }
    }

    private static string Number(int value) => value.ToString(CultureInfo.InvariantCulture);

    private static string Capital(string word) => char.ToUpperInvariant(word[0]) + word[1..];

    private int Favourite() => _random.Next(6) switch { 0 => 2, 1 or 2 => 1, _ => 0 };

    private int DrawWord()
    {
        var found = Array.BinarySearch(_cumulative, _random.NextDouble());
        return Math.Min(found < 0 ? ~found : found, VocabularySize - 1);
    }

    private string[] MakeWords()
    {
        var words = new List<string>();
        var seen = new HashSet<string>(StringComparer.Ordinal);
        while (words.Count < VocabularySize)
        {
            // Frequent words are short, as in any language.
            var syllables = words.Count < 60 ? 1 : _random.Next(1, 4);
            var word = string.Concat(Enumerable.Range(0, syllables).Select(_ => Draw(Onsets) + Draw(Vowels))) + Draw(Codas);
            if (seen.Add(word))
            {
                words.Add(word);
            }
        }

        return [.. words];
    }

    private string Draw(string[] parts) => parts[_random.Next(parts.Length)];

    private static double[] MakeCumulative()
    {
        var weights = Enumerable.Range(1, VocabularySize).Select(rank => 1.0 / rank).ToArray();
        var total = weights.Sum();
        double sum = 0;
        return [.. weights.Select(weight => sum += weight / total)];
    }
}
