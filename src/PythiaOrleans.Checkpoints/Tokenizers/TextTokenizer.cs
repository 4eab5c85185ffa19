using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using Microsoft.ML.Tokenizers;
using PythiaOrleans.Checkpoints.Formats;

namespace PythiaOrleans.Checkpoints.Tokenizers;

/// <summary>
/// A byte-level BPE tokenizer as a <c>tokenizer.json</c> describes it: GPT-2's, GPT-NeoX's, Llama 3's, Qwen 2's, SmolLM's. It encodes and
/// decodes exactly as the reference does.
/// </summary>
/// <remarks>
/// The merges are those of Microsoft.ML.Tokenizers. What that library lacks is here: the file, added tokens, splits by code points, NFC,
/// <c>ignore_merges</c>.
/// </remarks>
public sealed class TextTokenizer
{
    internal const string Advice =
        "Byte-level BPE is read, after splits by patterns and digits; of other tokenizers give token ids instead of text.";

    private const int MaxTokens = 100_000_000;

    // Published ones have up to 34 MB.
    private const int MaxFileBytes = 256 << 20;

    private static readonly JsonSerializerOptions Format = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        RespectNullableAnnotations = true,
    };
    private static readonly Dictionary<char, byte> ByteOfSymbol = MakeByteOfSymbol();
    private static readonly Dictionary<byte, char> SymbolOfByte = ByteOfSymbol.ToDictionary(pair => pair.Value, pair => pair.Key);

    private readonly BpeTokenizer _merges;
    private readonly ITextSplitter _splitter;
    private readonly IReadOnlyDictionary<string, int>? _wholeWords;
    private readonly AddedTokens _added;
    private readonly bool _nfc;
    private readonly Dictionary<int, byte[]> _bytes = [];

    private TextTokenizer(TokenizerFile file, ITextSplitter splitter)
    {
        var model = file.Model;
        _merges = BpeTokenizer.Create(new BpeOptions(model.Vocab.ToArray())
        {
            Merges = model.Merges.Select(MergeText).ToArray(),
            ByteLevel = true,
        });
        _splitter = splitter;
        _wholeWords = model.IgnoreMerges ? model.Vocab : null;
        _added = new AddedTokens([.. file.AddedTokens.Select(token => new AddedToken(token.Id, token.Content, token.Normalized))]);
        _nfc = file.Normalizer is not null;
        foreach (var (token, id) in model.Vocab)
        {
            _bytes[id] = BytesOf(token);
        }

        foreach (var token in file.AddedTokens)
        {
            _bytes[token.Id] = Encoding.UTF8.GetBytes(token.Content);
        }

        var (smallest, largest) = (_bytes.Keys.Min(), _bytes.Keys.Max());
        Count = smallest >= 0 && largest < MaxTokens
            ? largest + 1
            : throw new FormatException($"Ids from {smallest} to {largest}; expected ids from 0 to {MaxTokens - 1}.");
    }

    /// <summary>One more than the largest id.</summary>
    public int Count { get; }

    /// <summary>Reads a <c>tokenizer.json</c>.</summary>
    /// <exception cref="CheckpointFormatException">The file is damaged, or describes another kind of tokenizer.</exception>
    public static TextTokenizer FromFile(string path)
    {
        TokenizerFile file;
        try
        {
            file = JsonSerializer.Deserialize<TokenizerFile>(JsonFile.Read(path, MaxFileBytes).Span, Format)
                ?? throw new JsonException("The file holds null.");
        }
        catch (JsonException error)
        {
            throw new CheckpointFormatException(
                path, error.Path ?? "whole file", "a tokenizer.json of the tokenizers library", JsonFile.Describe(error),
                "Download it again.");
        }

        Check(path, "model.type", "BPE", file.Model.Type);
        var splitter = new SplitterReader(path).Read(file.PreTokenizer);
        Check(path, "normalizer.type", "NFC or none", file.Normalizer?.Type is null or "NFC" ? "NFC or none" : file.Normalizer.Type);
        Check(path, "model.byte_fallback", "false", file.Model.ByteFallback ? "true" : "false");
        Check(path, "model.continuing_subword_prefix", "", file.Model.ContinuingSubwordPrefix ?? "");
        Check(path, "model.end_of_word_suffix", "", file.Model.EndOfWordSuffix ?? "");
        Check(path, "model.dropout", "0", (file.Model.Dropout ?? 0).ToString(CultureInfo.InvariantCulture));
        const string plain = "one that stands for its own text";
        var odd = file.AddedTokens.FirstOrDefault(token => token.Lstrip || token.Rstrip || token.SingleWord || token.Content.Length == 0);
        Check(path, $"added token {odd?.Id}", plain, odd is null ? plain : "lstrip, rstrip, single_word or no content");
        try
        {
            return new TextTokenizer(file, splitter);
        }
        catch (Exception error) when (error is ArgumentException or InvalidOperationException or KeyNotFoundException or FormatException)
        {
            throw new CheckpointFormatException(
                path, "model", "a vocabulary and merges that fit each other", error.Message, "Download it again.");
        }
    }

    /// <summary>The ids of a text; nothing is added before or after it.</summary>
    public IReadOnlyList<int> Encode(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        var ids = new List<int>();
        foreach (var (id, piece) in _added.Cut(text, _nfc))
        {
            if (id is { } token)
            {
                ids.Add(token);
            }
            else
            {
                foreach (var (offset, length) in _splitter.Split(piece))
                {
                    Encode(piece.Substring(offset, length), ids);
                }
            }
        }

        return ids;
    }

    /// <summary>The text of ids, special tokens included; bytes that are no UTF-8 become U+FFFD, unknown ids nothing.</summary>
    public string Decode(IEnumerable<int> ids)
    {
        ArgumentNullException.ThrowIfNull(ids);
        return Encoding.UTF8.GetString([.. ids.SelectMany(id => _bytes.GetValueOrDefault(id, []))]);
    }

    // With ignore_merges, a piece that is a token as a whole is that token, whether merges lead to it or not.
    private void Encode(string piece, List<int> ids)
    {
        if (_wholeWords is not null && _wholeWords.TryGetValue(SymbolsOf(piece), out var id))
        {
            ids.Add(id);
            return;
        }

        ids.AddRange(_merges.EncodeToIds(piece, considerPreTokenization: false, considerNormalization: false));
    }

    private static string SymbolsOf(string piece) => string.Concat(Encoding.UTF8.GetBytes(piece).Select(value => SymbolOfByte[value]));

    private static void Check(string path, string place, string expected, string? found)
    {
        if (expected != found)
        {
            throw new CheckpointFormatException(path, place, expected, found ?? "nothing", Advice);
        }
    }

    // "a b", or ["a", "b"] in newer files.
    private static string MergeText(JsonElement merge) => merge.ValueKind switch
    {
        JsonValueKind.String => merge.GetString()!,
        JsonValueKind.Array when merge.GetArrayLength() == 2
            && merge.EnumerateArray().All(part => part.ValueKind == JsonValueKind.String) =>
            $"{merge[0].GetString()} {merge[1].GetString()}",
        _ => throw new FormatException($"A merge of two tokens cannot be {merge.GetRawText()[..Math.Min(60, merge.GetRawText().Length)]}."),
    };

    // A token that is not written in byte symbols throughout stands for itself, as in the reference.
    private static byte[] BytesOf(string token) => token.All(ByteOfSymbol.ContainsKey)
        ? [.. token.Select(symbol => ByteOfSymbol[symbol])]
        : Encoding.UTF8.GetBytes(token);

    // GPT-2 writes printable bytes as themselves and the others as characters from 256 on.
    private static Dictionary<char, byte> MakeByteOfSymbol()
    {
        var next = 256;
        return Enumerable.Range(0, 256).ToDictionary(
            value => (char)(value is (>= '!' and <= '~') or (>= 0xa1 and <= 0xac) or >= 0xae ? value : next++), value => (byte)value);
    }

    private sealed record TokenizerFile
    {
        public required ModelPart Model { get; init; }

        public IReadOnlyList<AddedPart> AddedTokens { get; init; } = [];

        public TypedPart? Normalizer { get; init; }

        public JsonElement? PreTokenizer { get; init; }
    }

    private sealed record ModelPart
    {
        public string? Type { get; init; }

        public required Dictionary<string, int> Vocab { get; init; }

        public required IReadOnlyList<JsonElement> Merges { get; init; }

        public bool ByteFallback { get; init; }

        public bool IgnoreMerges { get; init; }

        public string? ContinuingSubwordPrefix { get; init; }

        public string? EndOfWordSuffix { get; init; }

        public double? Dropout { get; init; }
    }

    private sealed record AddedPart(
        int Id, [property: JsonRequired] string Content, bool Normalized, bool Lstrip, bool Rstrip, bool SingleWord);

    private sealed record TypedPart(string? Type);
}
