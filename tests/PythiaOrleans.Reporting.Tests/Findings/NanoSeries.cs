using System.Globalization;
using System.IO.Compression;
using PythiaOrleans.Core.Tables;
using PythiaOrleans.Reporting.Series;
using PythiaOrleans.Testing;

namespace PythiaOrleans.Reporting.Tests;

/// <summary>
/// Rows as a real sweep writes them: columns of the demo's series (`pythia demo`, revision d7984ff), with pooled rows, positions all
/// and inner.
/// </summary>
internal static class NanoSeries
{
    public static SeriesSet All { get; } = new("nano", new Dictionary<string, ResultTable>
    {
        ["residual-stream"] = Read("nano-residual-stream.csv.gz"),
        ["weight-distribution"] = Read("nano-weight-distribution.csv.gz"),
    });

    private static ResultTable Read(string name)
    {
        using var file = File.OpenRead(Path.Combine(AppContext.BaseDirectory, "Findings", "Fixtures", name));
        using var reader = new StreamReader(new GZipStream(file, CompressionMode.Decompress));
        var names = reader.ReadLine()!.Split(',');
        var rows = new List<string[]>();
        while (reader.ReadLine() is { } line)
        {
            rows.Add(line.Split(','));
        }

        return new ResultTable(
        [
            .. names.Select((column, i) =>
                SampleTables.Column(column, TypeOf(column), column == "block", [.. rows.Select(row => Value(column, row[i]))])),
        ]);
    }

    private static Type TypeOf(string column) => column switch
    {
        "model" or "component" or "parameter" => typeof(string),
        "step" or "block" => typeof(int),
        "pooled" => typeof(bool),
        _ => typeof(double),
    };

    private static object? Value(string column, string text) => TypeOf(column) switch
    {
        { } type when type == typeof(string) => text,
        { } type when type == typeof(int) => text.Length == 0 ? null : int.Parse(text, CultureInfo.InvariantCulture),
        { } type when type == typeof(bool) => bool.Parse(text),
        _ => double.Parse(text, CultureInfo.InvariantCulture),
    };
}
