using System.Reflection;

namespace PythiaOrleans.Analyses.Tests;

/// <summary>Every stored column is named by a test: a wrong number in a column that no test knows would pass.</summary>
public sealed class ColumnsAreTestedTests
{
    // Keys of rows, which every test that looks for a row names in its own way.
    private static readonly string[] Keys = ["model", "step", "block", "component", "parameter"];

    [Fact]
    public void EveryColumn_IsNamedByATest()
    {
        var tests = string.Concat(Directory.EnumerateFiles(Folder(), "*.cs", SearchOption.AllDirectories)
            .Where(file => !file.Contains($"{Path.DirectorySeparatorChar}obj{Path.DirectorySeparatorChar}", StringComparison.Ordinal))
            .Select(File.ReadAllText));
        var unnamed = AnalysisRegistry.BuiltIn.Create(new AnalysisSettings(0, 1000))
            .SelectMany(analysis => analysis.Description.Columns, (analysis, column) => (Analysis: analysis.Description.Name, column.Name))
            .Where(column => !Keys.Contains(column.Name) && !IsNamed(tests, column.Name))
            .Select(column => $"{column.Analysis}.{column.Name}");
        Assert.Empty(unnamed);
    }

    // Written out, or put together from the name of a fitted distribution: $"{name}_aic".
    private static bool IsNamed(string tests, string column) =>
        tests.Contains($"\"{column}\"", StringComparison.Ordinal)
        || Enumerable.Range(0, column.Length).Where(i => column[i] == '_').Any(i =>
            tests.Contains($"\"{column[..i]}\"", StringComparison.Ordinal)
                && tests.Contains($"}}{column[i..]}\"", StringComparison.Ordinal));

    private static string Folder()
    {
        var folder = new DirectoryInfo(Path.GetDirectoryName(Assembly.GetExecutingAssembly().Location)!);
        while (!File.Exists(Path.Combine(folder.FullName, $"{Assembly.GetExecutingAssembly().GetName().Name}.csproj")))
        {
            folder = folder.Parent ?? throw new DirectoryNotFoundException("The tests' project is in no folder above them.");
        }

        return folder.FullName;
    }
}
