using PythiaOrleans.Core.Sweeps;

namespace PythiaOrleans.Core.Tests;

public sealed class StepListTests
{
    [Theory]
    [InlineData("0,1000,143000", new[] { 0, 1000, 143000 })]
    [InlineData("0..3000:1000", new[] { 0, 1000, 2000, 3000 })]
    [InlineData("7..9", new[] { 7, 8, 9 })]
    [InlineData("5, 0..10:5, 512", new[] { 0, 5, 10, 512 })]
    [InlineData("0..7:3", new[] { 0, 3, 6 })]
    public void Parse_OfStepsAndRanges_GivesThemInOrderOnce(string text, int[] expected) => Assert.Equal(expected, StepList.Parse(text));

    [Theory]
    [InlineData("")]
    [InlineData("abc")]
    [InlineData("-5")]
    [InlineData("10..0")]
    [InlineData("0..10:0")]
    [InlineData("0..2000000000")]
    public void Parse_OfNonsense_SaysWhatIsExpected(string text)
    {
        var error = Assert.Throws<ArgumentException>(() => StepList.Parse(text));
        Assert.Contains("0..143000:1000", error.Message, StringComparison.Ordinal);
    }
}
