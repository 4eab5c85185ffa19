using System.Globalization;
using PythiaOrleans.Cli.Display;

namespace PythiaOrleans.Cli.Tests;

public sealed class ByteCountTests
{
    [Theory]
    [InlineData("0", "0")]
    [InlineData("17", "17")]
    [InlineData("500MB", "500000000")]
    [InlineData("1.5 TB", "1500000000000")]
    [InlineData("2g", "2000000000")]
    [InlineData(" 3 kB ", "3000")]
    [InlineData("9PB", "9000000000000000")]
    public void Amount_IsRead(string text, string bytes) =>
        Assert.Equal(long.Parse(bytes, CultureInfo.InvariantCulture), ByteCount.Parse(text));

    [Theory]
    [InlineData("")]
    [InlineData("GB")]
    [InlineData("-1")]
    [InlineData("1XB")]
    [InlineData("1 GB 2")]
    [InlineData("100000PB")]
    [InlineData("BB5")]
    public void Amount_ThatIsNone_IsNamed(string text)
    {
        var error = Assert.Throws<ArgumentException>(() => ByteCount.Parse(text));
        Assert.Contains($"'{text}'", error.Message, StringComparison.Ordinal);
    }
}
