using System.IO.Compression;
using System.Text.Json;
using System.Text.Json.Nodes;
using PythiaOrleans.Checkpoints.Formats;
using PythiaOrleans.Checkpoints.Tokenizers;
using PythiaOrleans.Testing;

namespace PythiaOrleans.Checkpoints.Tests;

/// <summary>The splitters of Llama 3, Qwen 2 and SmolLM, and <c>ignore_merges</c> (the case llama-like-tokenizers).</summary>
public sealed class SplitterTests
{
    private static readonly Lazy<JsonDocument> Golden = new(() =>
    {
        var path = Path.Combine(AppContext.BaseDirectory, "Tokenizers", "golden-splitters.json.gz");
        using var file = new GZipStream(File.OpenRead(path), CompressionMode.Decompress);
        return JsonDocument.Parse(file);
    });

    public static TheoryData<string> Variants { get; } =
        ["llama3", "llama3, merges kept", "qwen2", "smollm", "digit runs", "removed gaps", "literal"];

    /// <summary>
    /// 522 strings with the ids that the Rust library tokenizers gives them (through Tokenizers.DotNet 1.4.1), with GPT-NeoX's vocabulary
    /// and each splitter.
    /// </summary>
    [Theory]
    [MemberData(nameof(Variants))]
    public void Encode_WithASplitter_GivesTheReferencesIds(string name)
    {
        var variant = Golden.Value.RootElement.GetProperty("variants").GetProperty(name);
        using var folder = new TemporaryFolder();
        var file = JsonNode.Parse(File.ReadAllText(SharedData.PathOf("20B_tokenizer.json")))!.AsObject();
        file["pre_tokenizer"] = JsonNode.Parse(variant.GetProperty("pre_tokenizer").GetRawText());
        file["normalizer"] = variant.GetProperty("normalizer").ValueKind == JsonValueKind.Null
            ? null
            : JsonNode.Parse(variant.GetProperty("normalizer").GetRawText());
        file["model"]!["ignore_merges"] = variant.GetProperty("ignore_merges").GetBoolean();
        foreach (var word in variant.TryGetProperty("vocab", out var words) ? words.EnumerateObject().ToArray() : [])
        {
            file["added_tokens"] = new JsonArray();
            file["model"]!["vocab"]![word.Name] = word.Value.GetInt32();
        }

        File.WriteAllText(folder["tokenizer.json"], file.ToJsonString());
        var tokenizer = TextTokenizer.FromFile(folder["tokenizer.json"]);
        var texts = Golden.Value.RootElement.GetProperty("texts").EnumerateArray().Select(text => text.GetString()!).ToArray();
        var expected = Golden.Value.RootElement.GetProperty("ids")
            .GetProperty(name)
            .EnumerateArray()
            .Select(ids => ids.EnumerateArray().Select(id => id.GetInt32()).ToArray())
            .ToArray();
        var wrong = texts.Zip(expected)
            .Where(row => !tokenizer.Encode(row.First).SequenceEqual(row.Second))
            .Select(
                row =>
                    $"{JsonSerializer.Serialize(row.First)}: expected {string.Join(' ', row.Second)}, found "
                        + $"{string.Join(' ', tokenizer.Encode(row.First))}")
            .ToArray();
        Assert.True(wrong.Length == 0, $"{wrong.Length} of {texts.Length} wrong, first: {wrong.FirstOrDefault()}");
        Assert.Equal(522, texts.Length);
    }

    [Theory]
    [InlineData("""{"type":"Sequence","pretokenizers":[{"type":"Metaspace"},{"type":"ByteLevel","add_prefix_space":false}]}""", "pre_tokenizer.pretokenizers[0].type")]
    [InlineData("""{"type":"Sequence","pretokenizers":[{"type":"Digits"}]}""", "pre_tokenizer.type")]
    [InlineData("""{"type":"Sequence","pretokenizers":[]}""", "pre_tokenizer.pretokenizers")]
    [InlineData("""{"type":"ByteLevel","add_prefix_space":true}""", "pre_tokenizer.add_prefix_space")]
    [InlineData("""{"type":"Sequence","pretokenizers":[{"type":"Split","pattern":{"Regex":"a"},"behavior":"MergedWithNext"},{"type":"ByteLevel","add_prefix_space":false}]}""", "pre_tokenizer.pretokenizers[0].behavior")]
    [InlineData("""{"type":"Sequence","pretokenizers":[{"type":"Split","pattern":{"Regex":"[^a]?+b"},"behavior":"Isolated"},{"type":"ByteLevel","add_prefix_space":false}]}""", "pre_tokenizer.pretokenizers[0].pattern")]
    [InlineData("""{"type":"Sequence","pretokenizers":[{"type":"Split","pattern":{},"behavior":"Isolated"},{"type":"ByteLevel","add_prefix_space":false}]}""", "pre_tokenizer.pretokenizers[0].pattern")]
    [InlineData("""{"type":"Sequence","pretokenizers":[{"type":"ByteLevel","add_prefix_space":false},{"type":"Digits"}]}""", "pre_tokenizer.pretokenizers[1].type")]
    [InlineData("""{"type":"Sequence","pretokenizers":[7,{"type":"ByteLevel","add_prefix_space":false}]}""", "pre_tokenizer.pretokenizers[0].type")]
    public void Splitter_ThatIsNotRead_IsRefusedWithItsPlace(string preTokenizer, string place)
    {
        var error = Assert.Throws<CheckpointFormatException>(() => Read($$"""{"pre_tokenizer":{{preTokenizer}},"model":{"type":"BPE","vocab":{"a":0},"merges":[] } }"""));
        Assert.Equal(place, error.Place);
    }

    [Theory]
    [InlineData("\"end_of_word_suffix\":\"</w>\"", "model.end_of_word_suffix")]
    [InlineData("\"continuing_subword_prefix\":\"##\"", "model.continuing_subword_prefix")]
    [InlineData("\"dropout\":0.1", "model.dropout")]
    [InlineData("\"byte_fallback\":true", "model.byte_fallback")]
    public void ModelSetting_ThatChangesTokens_IsRefusedByName(string setting, string place)
    {
        var error = Assert.Throws<CheckpointFormatException>(
            () => Read($$"""{"pre_tokenizer":{"type":"ByteLevel","add_prefix_space":false},"model":{"type":"BPE","vocab":{"a":0},"merges":[],{{setting}} } }"""));
        Assert.Equal(place, error.Place);
    }

    [Theory]
    [InlineData("-1")]
    [InlineData("2147483647")]
    public void Vocabulary_WithAnIdOfAbsurdSize_IsRefused(string id) =>
        Assert.Throws<CheckpointFormatException>(() => Read($$"""{"pre_tokenizer":{"type":"ByteLevel","add_prefix_space":false},"model":{"type":"BPE","vocab":{"a":{{id}}},"merges":[] } }"""));

    /// <summary>Ten thousand damaged files: each is read or refused, without much memory.</summary>
    [Fact]
    public void DamagedTokenizers_AreReadOrRefused()
    {
        var count = DamageTrials.Count(3_000);
        const string start = """
            {"added_tokens":[{"id":3,"content":"<x>","normalized":true}],"normalizer":{"type":"NFC"},"pre_tokenizer":{"type":"Sequence","pretokenizers":[{"type":"Split","pattern":
            {"Regex":"\\p{N}{1,3}|\\s+"},"behavior":"Isolated","invert":false},{"type":"ByteLevel","add_prefix_space":false,"use_regex":true}]},
            "model":{"type":"BPE","ignore_merges":true,"vocab":{"a":0,"b":1,"ab":2},"merges":[["a","b"]]}}
            """;
        string[] pieces =
        [
            "null", "\"", "{", "}", "[", "]", ",", "-1", "1e30", "true", "\\", "(", "*", "a b", "\\ud800", "ab", "99999999999",
        ];
        var random = new Random(17);
        var read = 0;
        using var folder = new TemporaryFolder();
        for (var i = 0; i < count; i++)
        {
            var before = GC.GetAllocatedBytesForCurrentThread();
            var at = random.Next(start.Length);
            var removed = random.Next(Math.Min(6, start.Length - at));
            File.WriteAllText(
                folder["tokenizer.json"],
                start[..at] + (random.Next(3) == 0 ? "" : pieces[random.Next(pieces.Length)]) + start[(at + removed)..]);
            try
            {
                _ = TextTokenizer.FromFile(folder["tokenizer.json"]).Encode("abab");
                read++;
            }
            catch (CheckpointFormatException)
            {
                // Refused with file and place.
            }

            Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 100 << 20);
        }

        Assert.InRange(read, 30, count - 300);
    }

    private static TextTokenizer Read(string json)
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder["tokenizer.json"], json);
        return TextTokenizer.FromFile(folder["tokenizer.json"]);
    }
}
