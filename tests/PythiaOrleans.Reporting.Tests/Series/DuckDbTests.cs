using System.Collections;
using PythiaOrleans.Core.Tables;
using PythiaOrleans.Testing;

namespace PythiaOrleans.Reporting.Tests;

public sealed class DuckDbTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Result_ReadByDuckDb_HasOurColumnsAndTypes()
    {
        var types = Duck.Types(await WriteAsync(SampleTables.Everything()));
        Assert.Equal(
            new Dictionary<string, string>
            {
                ["model"] = "VARCHAR",
                ["step"] = "INTEGER",
                ["block"] = "INTEGER",
                ["count"] = "BIGINT",
                ["gap"] = "BIGINT",
                ["mean"] = "DOUBLE",
                ["tail"] = "DOUBLE",
                ["finite"] = "BOOLEAN",
                ["known"] = "BOOLEAN",
                ["note"] = "VARCHAR",
                ["counts"] = "BIGINT[]",
                ["quantiles"] = "DOUBLE[]",
                ["shape"] = "INTEGER[]",
                ["singles"] = "FLOAT[]",
            },
            types);
    }

    [Fact]
    public async Task Result_ReadByDuckDb_HasOurValuesToTheLastBit()
    {
        var table = SampleTables.Everything();
        var rows = Duck.Query(await WriteAsync(table), "SELECT * FROM $file");
        Assert.Equal(table.Count, rows.Count);
        for (var row = 0; row < table.Count; row++)
        {
            Assert.Equal(
                table.Columns.Select(column => $"{column.Schema.Name}: {SampleTables.Text(column.Cells[row])}"),
                table.Columns.Select((column, index) => $"{column.Schema.Name}: {SampleTables.Text(Plain(rows[row][index]))}"));
        }
    }

    // The statistics in the file's footer decide which pages a reader skips: wrong ones lose rows without a word.
    [Theory]
    [InlineData("tail > 0.05", 2)] // 0.1 and NaN, which DuckDB holds to be larger than every number
    [InlineData("tail < 0.05", 1)]
    [InlineData("isnan(mean)", 1)]
    [InlineData("mean = 'Infinity'::DOUBLE", 1)]
    [InlineData("mean < -1", 1)]
    [InlineData("mean = 0", 1)]
    [InlineData("gap IS NULL", 4)]
    [InlineData("block >= 11", 1)]
    [InlineData("count = 9223372036854775807", 1)]
    [InlineData("model = 'b'", 2)]
    [InlineData("note = ''", 1)]
    [InlineData("quantiles IS NULL", 1)]
    [InlineData("len(quantiles) = 0", 1)]
    [InlineData("counts[2] = 8", 1)]
    public async Task Rows_FilteredByDuckDb_AreThoseThatFit(string condition, long expected) =>
        Assert.Equal(
            expected, Duck.Query(await WriteAsync(SampleTables.Everything()), $"SELECT count(*) FROM $file WHERE {condition}")[0][0]);

    [Fact]
    public async Task TypicalResult_SummedByDuckDb_GivesOurSums()
    {
        var table = SampleTables.Typical(60, seed: 3);
        var row = Duck.Query(
            await WriteAsync(table),
            "SELECT count(*), sum(list_sum(histogram)), min(len(quantiles)), max(list_max(quantiles)), count(block) FROM $file")[0];
        Assert.Equal(60L, row[0]);
        Assert.Equal(table["histogram"].Cells.Sum(cell => ((double[])cell!).Sum()), row[1]); // whole numbers: exact in any order
        Assert.Equal(513L, row[2]);
        Assert.Equal(table["quantiles"].Cells.Max(cell => ((double[])cell!).Max()), row[3]);
        Assert.Equal(59L, row[4]);
    }

    [Fact]
    public async Task EmptyResult_ReadByDuckDb_HasColumnsAndNoRows()
    {
        var file = await WriteAsync(SampleTables.WithoutRows(SampleTables.Everything()));
        Assert.Equal(14, Duck.Types(file).Count);
        Assert.Equal(0L, Duck.Query(file, "SELECT count(*) FROM $file")[0][0]);
    }

    [Fact]
    public async Task Metadata_ReadByDuckDb_HoldsProvenanceAndUnits()
    {
        var file = await WriteAsync(SampleTables.Everything());
        var entries = Duck.Query(file, $"SELECT decode(key), decode(value) FROM parquet_kv_metadata('{file}')")
            .ToDictionary(row => (string)row[0]!, row => row[1]);
        Assert.Equal("test", entries["software"]);
        Assert.Equal("what step is [steps]", entries["column:step"]);
    }

    private static object? Plain(object? value) => value is IList list and not Array ? list.Cast<object>().ToArray() : value;

    private async Task<string> WriteAsync(ResultTable table)
    {
        var file = _folder["table.parquet"];
        var provenance = new Dictionary<string, string> { ["software"] = "test" };
        await File.WriteAllBytesAsync(file, await ResultParquet.WriteAsync(table, provenance, Cancellation), Cancellation);
        return file;
    }
}
