using PythiaOrleans.Testing;

namespace PythiaOrleans.EndToEnd.Tests;

/// <summary>What the reference says that commands print is what they print; here of some that need no sweep.</summary>
public sealed class ReferenceTests
{
    [Theory]
    [InlineData("models nano-1")]
    [InlineData("analyses weight-moments")]
    [InlineData("evals saturation")]
    public async Task Output_InTheReference_IsThatOfTheCommand(string line)
    {
        var lines = await File.ReadAllLinesAsync(
            Path.Combine(SharedData.Repository, "docs", "reference.md"), TestContext.Current.CancellationToken);
        string[] expected = [.. lines.SkipWhile(one => one != $"$ pythia {line}").Skip(1).TakeWhile(one => one is not ("```" or "..."))];
        var (code, output, errors) = await PythiaProcess.RunAsync(line.Split(' '));
        Assert.True(code == 0, errors);
        Assert.NotEmpty(expected);
        Assert.All(expected.Zip(output.ReplaceLineEndings("\n").Split('\n')), pair =>
            Assert.StartsWith(pair.First.TrimEnd('.'), pair.Second, StringComparison.Ordinal)); // long lines end with dots
    }
}
