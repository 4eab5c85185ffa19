using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using PythiaOrleans.Checkpoints.Tokenizers;

namespace PythiaOrleans.Nano;

/// <summary>
/// Learns a byte-level BPE tokenizer from a text and writes its <c>tokenizer.json</c>; what reads that file encodes and decodes here too.
/// </summary>
/// <remarks>
/// Id 0 is <c>&lt;|endoftext|&gt;</c>, 1 to 256 are the bytes in GPT-2's order (printable ones first), the rest are merges (Sennrich et al.
/// 2016).
/// </remarks>
internal sealed partial class NanoTokenizer
{
    private const string EndOfText = "<|endoftext|>";
    private const int FirstByte = 1;

    private readonly List<string> _tokens = [EndOfText];
    private readonly List<(int Left, int Right)> _merges = [];
    private readonly Lazy<TextTokenizer> _reader;

    private NanoTokenizer()
    {
        _tokens.AddRange(ByteOrder.Select(value => ByteSymbols[value]));
        _reader = new Lazy<TextTokenizer>(ReadBack);
    }

    /// <summary>Tokens, the special one included.</summary>
    public int Count => _tokens.Count;

    // The characters that GPT-2 writes for bytes: printable ones as themselves, the others from 256 on.
    private static string[] ByteSymbols { get; } = MakeByteSymbols();

    private static int[] ByteOrder { get; } =
        [.. Enumerable.Range(0, 256).OrderBy(value => ByteSymbols[value][0] < 256 ? 0 : 1).ThenBy(value => ByteSymbols[value][0])];

    private static int[] IdOfByte { get; } = MakeIdOfByte();

    /// <summary>
    /// Learns merges from a text until there are <paramref name="tokens"/> tokens; of equally frequent pairs the first by id wins.
    /// </summary>
    public static NanoTokenizer Learn(string text, int tokens)
    {
        var tokenizer = new NanoTokenizer();
        var words = Words().Matches(text).Select(match => match.Value).GroupBy(word => word, StringComparer.Ordinal)
            .Select(group => (Ids: tokenizer.Bytes(group.Key), Count: group.Count()))
            .ToArray();
        while (tokenizer.Count < tokens)
        {
            var pairs = new Dictionary<(int, int), int>();
            foreach (var (ids, count) in words)
            {
                for (var i = 1; i < ids.Count; i++)
                {
                    pairs[(ids[i - 1], ids[i])] = pairs.GetValueOrDefault((ids[i - 1], ids[i])) + count;
                }
            }

            if (pairs.Count == 0)
            {
                throw new ArgumentException($"The text is too short for {tokens} tokens: it gives {tokenizer.Count}.", nameof(text));
            }

            var best = pairs.OrderByDescending(pair => pair.Value).ThenBy(pair => pair.Key).First().Key;
            tokenizer.Add(best);
            foreach (var (ids, _) in words)
            {
                Merge(ids, best, tokenizer.Count - 1);
            }
        }

        return tokenizer;
    }

    /// <summary>The ids of a text.</summary>
    public IReadOnlyList<int> Encode(string text) => _reader.Value.Encode(text);

    /// <summary>The text of ids.</summary>
    public string Decode(IEnumerable<int> ids) => _reader.Value.Decode([.. ids]);

    /// <summary>The <c>tokenizer.json</c> that other tools read.</summary>
    public string ToJson() => JsonSerializer.Serialize(new
    {
        version = "1.0",
        added_tokens = new[]
        {
            new { id = 0, content = EndOfText, single_word = false, lstrip = false, rstrip = false, normalized = false, special = true },
        },
        normalizer = (object?)null,
        pre_tokenizer = new { type = "ByteLevel", add_prefix_space = false, trim_offsets = true, use_regex = true },
        post_processor = (object?)null,
        decoder = new { type = "ByteLevel", add_prefix_space = false, trim_offsets = true, use_regex = true },
        model = new
        {
            type = "BPE",
            vocab = _tokens.Select((token, id) => (token, id)).ToDictionary(pair => pair.token, pair => pair.id),
            merges = _merges.Select(merge => $"{_tokens[merge.Left]} {_tokens[merge.Right]}"),
        },
    });

    private static string[] MakeByteSymbols()
    {
        var next = 256;
        return [.. Enumerable.Range(0, 256).Select(value =>
            ((char)(value is (>= '!' and <= '~') or (>= 0xa1 and <= 0xac) or >= 0xae ? value : next++)).ToString())];
    }

    private static int[] MakeIdOfByte()
    {
        var ids = new int[256];
        for (var i = 0; i < ids.Length; i++)
        {
            ids[ByteOrder[i]] = FirstByte + i;
        }

        return ids;
    }

    private static void Merge(List<int> ids, (int Left, int Right) pair, int id)
    {
        for (var i = 1; i < ids.Count; i++)
        {
            if (ids[i - 1] == pair.Left && ids[i] == pair.Right)
            {
                ids[i - 1] = id;
                ids.RemoveAt(i);
            }
        }
    }

    // GPT-2's pre-tokenizer: contractions, words, numbers and punctuation with the space before them, runs of white space.
    [GeneratedRegex(@"'(?:[sdmt]|ll|ve|re)| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+", RegexOptions.CultureInvariant)]
    private static partial Regex Words();

    private List<int> Bytes(string word) => [.. Encoding.UTF8.GetBytes(word).Select(value => IdOfByte[value])];

    private void Add((int Left, int Right) pair)
    {
        _merges.Add(pair);
        _tokens.Add(_tokens[pair.Left] + _tokens[pair.Right]);
    }

    private TextTokenizer ReadBack()
    {
        var file = Path.Combine(Path.GetTempPath(), $"pythia-tokenizer-{Guid.NewGuid():N}.json");
        try
        {
            File.WriteAllText(file, ToJson());
            return TextTokenizer.FromFile(file);
        }
        finally
        {
            File.Delete(file);
        }
    }
}
