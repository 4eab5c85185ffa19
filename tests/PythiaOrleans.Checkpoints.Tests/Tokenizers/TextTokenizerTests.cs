using System.IO.Compression;
using System.Text;
using System.Text.Json;
using PythiaOrleans.Checkpoints.Formats;
using PythiaOrleans.Checkpoints.Tokenizers;
using PythiaOrleans.Testing;

namespace PythiaOrleans.Checkpoints.Tests;

public sealed class TextTokenizerTests
{
    private static readonly Lazy<TextTokenizer> NeoX = new(() => TextTokenizer.FromFile(SharedData.PathOf("20B_tokenizer.json")));

    /// <summary>
    /// 3,100 strings with the ids that the Rust library tokenizers 0.23.2 gives them: words, code, runs of spaces, digits, emoji, letters
    /// beyond the basic plane, combining marks, controls.
    /// </summary>
    [Fact]
    public void Encode_OfThreeThousandStrings_GivesTheReferencesIds()
    {
        using var file = new GZipStream(
            File.OpenRead(Path.Combine(AppContext.BaseDirectory, "Tokenizers", "golden-20b.json.gz")), CompressionMode.Decompress);
        using var golden = JsonDocument.Parse(file);
        var wrong = golden.RootElement.EnumerateArray()
            .Select(row => (Text: row[0].GetString()!, Expected: row[1].EnumerateArray().Select(id => id.GetInt32()).ToArray()))
            .Where(row => !NeoX.Value.Encode(row.Text).SequenceEqual(row.Expected))
            .Select(
                row =>
                    $"{JsonSerializer.Serialize(row.Text)}: expected {string.Join(' ', row.Expected)}, found "
                        + $"{string.Join(' ', NeoX.Value.Encode(row.Text))}")
            .ToArray();
        Assert.True(wrong.Length == 0, $"{wrong.Length} wrong, first: {wrong.FirstOrDefault()}");
        Assert.Equal(3100, golden.RootElement.GetArrayLength());
    }

    [Fact]
    public void Decode_OfEveryCharacterOfABytesReach_IsTheText()
    {
        for (var value = 0; value < 0x250; value++)
        {
            var text = $"a{(char)value}b";
            Assert.Equal(CanonicalForm.Normalize(text), NeoX.Value.Decode(NeoX.Value.Encode(text)));
        }
    }

    [Fact]
    public void Decode_OfHalfALetter_GivesTheReplacementCharacter()
    {
        const string text = "\U00010437 \u00e9\u4e2d\0\u007f\n";
        var ids = NeoX.Value.Encode(text);
        Assert.Equal(text, NeoX.Value.Decode(ids));
        Assert.True(ids.Count >= text.Length - 1, string.Join(' ', ids)); // the rare letter falls into bytes
        Assert.Equal("\ufffd", NeoX.Value.Decode([NeoX.Value.Encode("\U00010437")[0]]));
    }

    /// <summary>Examples of UAX #15: composition, Hangul, marks out of order, a composition exclusion, a blocked mark.</summary>
    [Theory]
    [InlineData("a\u0301", "\u00e1")]
    [InlineData("\u1100\u1161\u11a8", "\uac01")]
    [InlineData("q\u0307\u0323", "q\u0323\u0307")]
    [InlineData("\u1e9b\u0323", "\u1e9b\u0323")]
    [InlineData("\u0958", "\u0915\u093c")]
    [InlineData("\u212b", "\u00c5")]
    [InlineData("a\u0315\u0300\u05ae\u0300b", "\u00e0\u05ae\u0300\u0315b")]
    public void CanonicalForm_IsThatOfTheStandard(string text, string expected) => Assert.Equal(expected, CanonicalForm.Normalize(text));

    [Fact]
    public void Count_IsThatOfPythia() => Assert.Equal(50_277, NeoX.Value.Count);

    [Theory]
    [InlineData("""{"model":{"type":"WordPiece","vocab":{},"merges":[]}}""", "model.type")]
    [InlineData("""{"pre_tokenizer":{"type":"Metaspace"},"model":{"type":"BPE","vocab":{"a":0},"merges":[]}}""", "pre_tokenizer.type")]
    [InlineData("""{"normalizer":{"type":"Lowercase"},"pre_tokenizer":{"type":"ByteLevel"},"model":{"type":"BPE","vocab":{"a":0},"merges":[]}}""", "normalizer")]
    [InlineData("""{"pre_tokenizer":{"type":"ByteLevel"},"model":{"type":"BPE","vocab":{"a":0},"merges":["a b"]}}""", "model")]
    [InlineData("""{"model":""", "$.model")]
    [InlineData("""{"model":null}""", "$.model")]
    [InlineData("""{"pre_tokenizer":{"type":"ByteLevel"},"model":{"type":"BPE","vocab":{"a":0},"merges":[[]]}}""", "model")]
    [InlineData("""{"pre_tokenizer":{"type":"ByteLevel"},"added_tokens":[{"id":0,"content":null}],"model":{"type":"BPE","vocab":{"a":0},"merges":[]}}""", "$.added_tokens[0]")]
    public void FromFile_OfAnotherKindOrADamagedFile_SaysWhatIsThere(string json, string place)
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder["tokenizer.json"], json);
        var error = Assert.Throws<CheckpointFormatException>(() => TextTokenizer.FromFile(folder["tokenizer.json"]));
        Assert.StartsWith(place, error.Place, StringComparison.Ordinal);
        Assert.Contains("tokenizer.json", error.Message, StringComparison.Ordinal);
    }
}
