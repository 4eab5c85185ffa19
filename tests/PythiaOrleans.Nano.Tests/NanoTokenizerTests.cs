using System.Text;
using System.Text.Json;

namespace PythiaOrleans.Nano.Tests;

public sealed class NanoTokenizerTests
{
    private static readonly Lazy<NanoTokenizer> Learned = new(() => NanoTokenizer.Learn(new NanoText(1).Write(60_000), 400));

    [Theory]
    [InlineData("The stands of  Plea.\n    12 + 30 = 42, \"don't\"\n")]
    [InlineData("Zürich 数字 🙂 \t\r\n   ")]
    [InlineData("")]
    [InlineData("\0\u0001\u007f\u0080ÿ")]
    public void Decode_OfWhatWasEncoded_IsTheText(string text)
    {
        Assert.Equal(text, Learned.Value.Decode(Learned.Value.Encode(text)));
    }

    [Fact]
    public void Encode_OfItsOwnLanguage_IsMuchShorterThanItsBytes()
    {
        var text = new NanoText(2).Write(20_000);
        Assert.True(Learned.Value.Encode(text).Count() < Encoding.UTF8.GetByteCount(text) / 1.7);
    }

    /// <summary>Merges in the order of their rank, and none left undone: what a reader of the <c>tokenizer.json</c> would do.</summary>
    [Fact]
    public void Encode_GivesWhatTheMergesOfTheFileGive()
    {
        using var json = JsonDocument.Parse(Learned.Value.ToJson());
        var model = json.RootElement.GetProperty("model");
        var ids = model.GetProperty("vocab").EnumerateObject().ToDictionary(token => token.Name, token => token.Value.GetInt32());
        Assert.Equal(Enumerable.Range(0, 400), ids.Values.Order());
        var merges = model.GetProperty("merges").EnumerateArray().Select(merge => merge.GetString()!.Split(' ')).ToArray();
        foreach (var word in new[] { " the", " stand", "Plain", " gr", "e", " 1234" })
        {
            var parts = Encoding.ASCII.GetBytes(word).Select(value => value == ' ' ? "Ġ" : ((char)value).ToString()).ToList();
            foreach (var merge in merges)
            {
                for (var i = 1; i < parts.Count; i++)
                {
                    if (parts[i - 1] == merge[0] && parts[i] == merge[1])
                    {
                        parts[i - 1] += parts[i];
                        parts.RemoveAt(i);
                    }
                }
            }

            Assert.Equal(parts.Select(part => ids[part]), Learned.Value.Encode(word));
        }
    }

    [Fact]
    public void Learn_FromTooShortAText_SaysSo() => Assert.Throws<ArgumentException>(() => NanoTokenizer.Learn("a few words", 512));
}
