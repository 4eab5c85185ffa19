using System.Text;
using PythiaOrleans.Checkpoints.Catalog;
using PythiaOrleans.Checkpoints.Families;
using PythiaOrleans.Checkpoints.Formats;
using PythiaOrleans.Checkpoints.Tokenizers;
using PythiaOrleans.Testing;

namespace PythiaOrleans.Checkpoints.Tests;

/// <summary>JSON in another encoding than UTF-8 is called that, in each file of a checkpoint.</summary>
public sealed class JsonFileTests : IDisposable
{
    private const string Config =
        """
        {"model_type":"gpt_neox","hidden_size":8,"intermediate_size":32,"num_hidden_layers":2,"num_attention_heads":2,"vocab_size":16,
        "author":"Zoë"}
        """;

    private readonly TemporaryFolder _folder = new();

    public static TheoryData<string, string> Encodings()
    {
        var data = new TheoryData<string, string>();
        string[] encodings =
        [
            "utf-16 mark", "utf-16 ", "utf-16BE mark", "utf-16BE ", "utf-32 mark", "utf-32 ", "utf-32BE ", "latin1 ", "cut ",
        ];
        foreach (var encoding in encodings)
        {
            foreach (var reader in new[] { "config", "index", "tokenizer", "catalog" })
            {
                data.Add(encoding, reader);
            }
        }

        return data;
    }

    public void Dispose() => _folder.Dispose();

    [Theory]
    [MemberData(nameof(Encodings))]
    public void File_InAnotherEncoding_IsRefusedByItsEncoding(string encoding, string reader)
    {
        var path = Write(encoding.StartsWith("cut", StringComparison.Ordinal)
            ? Encoding.UTF8.GetBytes(Config)[..^3]
            : Encode(Config, Encoding.GetEncoding(encoding.Split(' ')[0]), encoding.EndsWith("mark", StringComparison.Ordinal)));
        var error = Assert.Throws<CheckpointFormatException>(() => Read(reader, path));
        Assert.Equal(path, error.File);
        Assert.StartsWith("UTF-8", error.Expected, StringComparison.Ordinal);
        Assert.Contains("iconv", error.Message, StringComparison.Ordinal);
        Assert.Contains(
            encoding[..3] == "utf" ? $"UTF-{encoding[4..6]}" : $"byte {Array.FindIndex(File.ReadAllBytes(path), value => value >= 0x80)}",
            error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void File_WithAByteOrderMarkOfUtf8_IsRead()
    {
        var path = Write(Encode(Config, Encoding.UTF8, mark: true));
        Assert.Equal(2, ModelFamilies.ReadShape(path).Blocks);
        path = Write(Encode("""{"weight_map":{"x":"a.safetensors"}}""", Encoding.UTF8, mark: true));
        Assert.Equal("{", Encoding.UTF8.GetString(JsonFile.Read(path, 100).Span[..1]));
    }

    [Theory]
    [InlineData("config", "", "an empty file")]
    [InlineData("index", "", "an empty file")]
    [InlineData("tokenizer", "", "an empty file")]
    [InlineData("config", "// x", "'/' is an invalid start of a value")]
    [InlineData("index", "{", "Expected depth to be zero")]
    [InlineData("tokenizer", "[1]", "could not be converted")]
    public void File_ThatIsNoJson_IsSaidInWordsOfJson(string reader, string text, string expected)
    {
        var error = Assert.Throws<CheckpointFormatException>(() => Read(reader, Write(Encoding.UTF8.GetBytes(text))));
        Assert.Contains(expected, error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("BytePositionInLine", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("config")]
    [InlineData("index")]
    [InlineData("tokenizer")]
    public void File_ThatIsAnLfsPointer_IsCalledThat(string reader)
    {
        var path = Write("version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 2113738\n"u8.ToArray());
        Assert.Contains(
            "Git LFS pointer to 2113738 bytes", Assert.Throws<CheckpointFormatException>(() => Read(reader, path)).Message,
            StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("config")]
    [InlineData("tokenizer")]
    [InlineData("catalog")]
    public void File_ThatIsADevice_IsRefused(string reader) => Assert.Contains(
        "a device", Assert.Throws<CheckpointFormatException>(() => Read(reader, "/dev/zero")).Message, StringComparison.Ordinal);

    private static void Read(string reader, string path)
    {
        switch (reader)
        {
            case "config":
                ModelFamilies.ReadShape(path);
                break;
            case "tokenizer":
                TextTokenizer.FromFile(path);
                break;
            case "catalog":
                ModelCatalog.FromJson(path);
                break;
            default:
                WeightLayout.All[0].Complete(Path.GetDirectoryName(path)!);
                break;
        }
    }

    private static byte[] Encode(string text, Encoding encoding, bool mark) =>
        [.. mark ? encoding.GetPreamble() : [], .. encoding.GetBytes(text)];

    private string Write(byte[] bytes)
    {
        var path = _folder["model.safetensors.index.json"];
        File.WriteAllBytes(path, bytes);
        File.WriteAllText(_folder["a.safetensors"], "");
        return path;
    }
}
