using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using Microsoft.ML.Tokenizers;
using PythiaOrleans.Checkpoints.Formats;

namespace PythiaOrleans.Checkpoints.Tokenizers;

/// <summary>
/// A byte-level BPE tokenizer as a <c>tokenizer.json</c> describes it, GPT-NeoX's for example: encodes and decodes exactly as the reference
/// does.
/// </summary>
/// <remarks>
/// The merges are Microsoft.ML.Tokenizers'; what that library does not know (the file, added tokens, the cut into words by code points,
/// NFC) is ours.
/// </remarks>
public sealed class TextTokenizer
{
    private static readonly JsonSerializerOptions Format = new() { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower, RespectNullableAnnotations = true };
    private static readonly Dictionary<char, byte> ByteOfSymbol = MakeByteOfSymbol();

    private readonly BpeTokenizer _merges;
    private readonly AddedTokens _added;
    private readonly bool _nfc;
    private readonly Dictionary<int, byte[]> _bytes = [];

    private TextTokenizer(TokenizerFile file)
    {
        var model = file.Model;
        _merges = BpeTokenizer.Create(new BpeOptions(model.Vocab.ToArray())
        {
            Merges = model.Merges.Select(MergeText).ToArray(),
            ByteLevel = true,
            PreTokenizer = new ByteLevelSplitter(),
        });
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

        Count = _bytes.Keys.Max() + 1;
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
            using var stream = File.OpenRead(path);
            file = JsonSerializer.Deserialize<TokenizerFile>(stream, Format) ?? throw new JsonException("The file holds null.");
        }
        catch (JsonException error)
        {
            throw new CheckpointFormatException(path, error.Path ?? "whole file", "a tokenizer.json of the tokenizers library", error.Message, "Download it again.");
        }

        Check(path, "model.type", "BPE", file.Model.Type);
        Check(path, "pre_tokenizer.type", "ByteLevel", file.PreTokenizer?.Type);
        Check(path, "pre_tokenizer.add_prefix_space", "false", file.PreTokenizer!.AddPrefixSpace ? "true" : "false");
        Check(path, "pre_tokenizer.use_regex", "true", file.PreTokenizer.UseRegex ? "true" : "false");
        Check(path, "normalizer.type", "NFC or none", file.Normalizer?.Type is null or "NFC" ? "NFC or none" : file.Normalizer.Type);
        Check(path, "model.byte_fallback", "false", file.Model.ByteFallback ? "true" : "false");
        var odd = file.AddedTokens.FirstOrDefault(token => token.Lstrip || token.Rstrip || token.SingleWord || token.Content.Length == 0);
        Check(path, $"added token {odd?.Id}", "one that stands for its own text", odd is null ? "one that stands for its own text" : "lstrip, rstrip, single_word or no content");
        try
        {
            return new TextTokenizer(file);
        }
        catch (Exception error) when (error is ArgumentException or InvalidOperationException or KeyNotFoundException or FormatException)
        {
            throw new CheckpointFormatException(path, "model", "a vocabulary and merges that fit each other", error.Message, "Download it again.");
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
                ids.AddRange(_merges.EncodeToIds(piece, considerNormalization: false));
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

    private static void Check(string path, string place, string expected, string? found)
    {
        if (expected != found)
        {
            throw new CheckpointFormatException(path, place, expected, found ?? "nothing", "Only byte-level BPE as GPT-2 and GPT-NeoX use it is read; give token ids instead of text.");
        }
    }

    // "a b", or ["a", "b"] in newer files.
    private static string MergeText(JsonElement merge) => merge.ValueKind switch
    {
        JsonValueKind.String => merge.GetString()!,
        JsonValueKind.Array when merge.GetArrayLength() == 2 && merge.EnumerateArray().All(part => part.ValueKind == JsonValueKind.String) => $"{merge[0].GetString()} {merge[1].GetString()}",
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

        public SplitPart? PreTokenizer { get; init; }
    }

    private sealed record ModelPart
    {
        public string? Type { get; init; }

        public required Dictionary<string, int> Vocab { get; init; }

        public required IReadOnlyList<JsonElement> Merges { get; init; }

        public bool ByteFallback { get; init; }
    }

    private sealed record AddedPart(int Id, [property: JsonRequired] string Content, bool Normalized, bool Lstrip, bool Rstrip, bool SingleWord);

    private sealed record TypedPart(string? Type);

    private sealed record SplitPart(string? Type, bool AddPrefixSpace = false, bool UseRegex = true);
}
