using System.Text;
using CsCheck;
using Parquet;
using PythiaOrleans.Core.Tables;
using PythiaOrleans.Testing;

namespace PythiaOrleans.Core.Tests;

public class ResultParquetTests
{
    private static readonly Dictionary<string, string> Provenance = new() { ["software"] = "test 1", ["analysis"] = "weight-moments" };

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Table_WrittenAndRead_IsTheSameToTheLastBit()
    {
        var bytes = await ResultParquet.WriteAsync(SampleTables.Everything(), Provenance, Cancellation);
        var (table, provenance) = await ResultParquet.ReadAsync(bytes, Cancellation);
        SampleTables.AssertSame(SampleTables.Everything(), table);
        Assert.Equal(Provenance.OrderBy(entry => entry.Key), provenance.OrderBy(entry => entry.Key));
    }

    [Fact]
    public async Task Table_WithoutRows_KeepsItsColumns()
    {
        var empty = new ResultTable([.. SampleTables.Everything().Columns.Select(column => column with { Values = [] })]);
        var (table, _) = await ResultParquet.ReadAsync(await ResultParquet.WriteAsync(empty, Provenance, Cancellation), Cancellation);
        SampleTables.AssertSame(empty, table);
    }

    [Fact]
    public async Task Table_WrittenTwice_HasTheSameBytes()
    {
        var first = await ResultParquet.WriteAsync(SampleTables.Typical(60, seed: 1), Provenance, Cancellation);
        var reordered = new Dictionary<string, string>(Provenance.Reverse());
        var second = await ResultParquet.WriteAsync(SampleTables.Typical(60, seed: 1), reordered, Cancellation);
        Assert.True(first.AsSpan().SequenceEqual(second), "The same table gave other bytes.");
        Assert.NotEqual(first, await ResultParquet.WriteAsync(SampleTables.Typical(60, seed: 2), Provenance, Cancellation));
    }

    [Fact]
    public async Task File_SaysWhoCreatedItWithoutATimeOrABuild()
    {
        var bytes = await ResultParquet.WriteAsync(SampleTables.Everything(), Provenance, Cancellation);
        await using var reader = await ParquetReader.CreateAsync(new MemoryStream(bytes), cancellationToken: Cancellation);
        Assert.Matches(@"^Parquet\.Net( |\.|v|version|\d)*(\(build [0-9a-f.]+\))?$", reader.Metadata!.CreatedBy);
        Assert.Equal("what step is [steps]", reader.CustomMetadata["column:step"]);
        Assert.Equal(reader.CustomMetadata.Keys.Order(StringComparer.Ordinal), reader.CustomMetadata.Keys);
    }

    [Fact]
    public async Task Columns_AskedFor_AreTheOnlyOnesRead()
    {
        var bytes = await ResultParquet.WriteAsync(SampleTables.Everything(), Provenance, Cancellation);
        var (table, _) = await ResultParquet.ReadAsync(bytes, Cancellation, ["tail", "step"]);
        Assert.Equal(["step", "tail"], table.Columns.Select(column => column.Schema.Name));
    }

    [Theory]
    [InlineData("")]
    [InlineData("not a table at all, but long enough to be one")]
    public async Task Bytes_ThatAreNoParquet_AreRefusedInWords(string text)
    {
        var error = await Assert.ThrowsAsync<InvalidDataException>(() => ResultParquet.ReadAsync(Encoding.UTF8.GetBytes(text), Cancellation));
        Assert.Contains("Not a readable result table", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Value_MissingWhereNoneMayBe_IsRefusedWithColumnAndRow()
    {
        var table = new ResultTable([SampleTables.Column("mean", typeof(double), false, 1.0, null)]);
        var error = await Assert.ThrowsAsync<ArgumentException>(() => ResultParquet.WriteAsync(table, Provenance, Cancellation));
        Assert.Contains("Column 'mean', row 1: expected Double, found null", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Description_ThatEndsWithABracket_ComesBackWhole()
    {
        var table = new ResultTable([new ResultColumn(new ColumnSchema("w", typeof(int), false, "rows of W [d]", ""), [1])]);
        var (back, _) = await ResultParquet.ReadAsync(await ResultParquet.WriteAsync(table, Provenance, Cancellation), Cancellation);
        Assert.Equal("rows of W [d]", back["w"].Schema.Description);
    }

    [Fact]
    public async Task RandomTables_WrittenAndRead_AreTheSame() =>
        await RandomTable.Any.SampleAsync(
            async table =>
            {
                var bytes = await ResultParquet.WriteAsync(table, Provenance, Cancellation);
                SampleTables.AssertSame(table, (await ResultParquet.ReadAsync(bytes, Cancellation)).Table);
                Assert.Equal(bytes, await ResultParquet.WriteAsync(table, Provenance, Cancellation));
            },
            iter: 300);
}
