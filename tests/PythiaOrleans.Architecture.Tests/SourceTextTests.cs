namespace PythiaOrleans.Architecture.Tests;

/// <summary>What the compiler does not check of the source text.</summary>
public sealed class SourceTextTests
{
    private const int MaxLines = 400;
    private const int MaxColumns = 140;

    private static readonly string[] Files =
    [
        .. new[] { "src", "tests", "bench", "samples", "build" }
            .Select(folder => Path.Combine(Repository.Root, folder))
            .Where(Directory.Exists)
            .SelectMany(folder => Directory.EnumerateFiles(folder, "*.cs", SearchOption.AllDirectories))
            .Where(file => !Repository.IsBuildOutput(file))
            .Order(StringComparer.Ordinal),
    ];

    [Fact]
    public void Files_FitOnAFewScreens()
    {
        var tooLong = Files.Select(file => (file, Lines: File.ReadLines(file).Count())).Where(file => file.Lines > MaxLines);
        Assert.Empty(tooLong.Select(file => $"{Repository.Relative(file.file)}: {file.Lines} lines, at most {MaxLines}"));
    }

    [Fact]
    public void Lines_FitOnAScreen()
    {
        var tooWide = Files.SelectMany(file => CodeLines(file)
            .Where(line => line.Text.Length > MaxColumns)
            .Select(line => (File: file, line.Number, line.Text.Length)));
        Assert.Empty(tooWide.Select(line =>
            $"{Repository.Relative(line.File)}:{line.Number}: {line.Length} columns, at most {MaxColumns}"));
    }

    // Raw string literals are data, configurations of models for example, and are kept as they are found.
    private static IEnumerable<(int Number, string Text)> CodeLines(string file)
    {
        var isData = false;
        foreach (var (index, line) in File.ReadLines(file).Index())
        {
            var quotes = line.Split("\"\"\"").Length - 1;
            if (!isData && quotes == 0)
            {
                yield return (index + 1, line);
            }

            isData ^= quotes % 2 == 1;
        }
    }

    /// <summary>A suppression without a reason cannot be judged by the next reader.</summary>
    [Fact]
    public void Suppressions_AreExplained()
    {
        var unexplained = Files.SelectMany(file =>
        {
            var lines = File.ReadAllLines(file);
            return Enumerable.Range(0, lines.Length)
                .Where(i => lines[i].TrimStart().StartsWith("#pragma warning disable", StringComparison.Ordinal))
                .Where(i => !lines[i].Contains("//", StringComparison.Ordinal)
                    && (i == 0 || !lines[i - 1].TrimStart().StartsWith("//", StringComparison.Ordinal)))
                .Select(i => $"{Repository.Relative(file)}:{i + 1}: {lines[i].Trim()}");
        });
        Assert.Empty(unexplained);
    }
}
