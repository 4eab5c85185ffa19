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
        var empty = SampleTables.WithoutRows(SampleTables.Everything());
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
        var error =
            await Assert.ThrowsAsync<InvalidDataException>(() => ResultParquet.ReadAsync(Encoding.UTF8.GetBytes(text), Cancellation));
        Assert.Contains("Not a readable result table", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Value_MissingWhereNoneMayBe_IsRefusedWithColumnAndRow()
    {
        var note = Assert.Throws<ArgumentException>(() => SampleTables.Column("note", typeof(string), false, "a", null));
        Assert.Contains("Column 'note', row 1: expected String, found null", note.Message, StringComparison.Ordinal);
        var counts = Assert.Throws<ArgumentException>(() => SampleTables.Column("counts", typeof(long[]), false, null, new long[] { 1 }));
        Assert.Contains("Column 'counts', row 0: expected Int64[], found null", counts.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Values_OfAnotherTypeThanTheSchemas_AreRefused()
    {
        var error = Assert.Throws<ArgumentException>(() => new Column<int>(new ColumnSchema("step", typeof(int), true, "", ""), [1]));
        Assert.Contains("Column 'step': the schema says Int32?, the values are Int32.", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Read_OfARequiredColumnAsNullable_GivesItsValues_TheOtherWayRoundIsRefused()
    {
        var table = SampleTables.Everything();
        Assert.Equal([0, int.MaxValue, -1, 7], table.Read<int?>("step"));
        Assert.Equal([null, 0, null, 11], table.Read<int?>("block"));
        var error = Assert.Throws<InvalidDataException>(() => table.Read<int>("block"));
        Assert.Equal("Column 'block': expected Int32, found Int32?.", error.Message);
    }

    [Fact]
    public async Task Description_ThatEndsWithABracket_ComesBackWhole()
    {
        var table = new ResultTable([new Column<int>(new ColumnSchema("w", typeof(int), false, "rows of W [d]", ""), [1])]);
        var (back, _) = await ResultParquet.ReadAsync(await ResultParquet.WriteAsync(table, Provenance, Cancellation), Cancellation);
        Assert.Equal("rows of W [d]", back["w"].Schema.Description);
    }

    [Fact]
    public async Task Provenance_IsReadFromTheEndOfTheFileAlone()
    {
        var bytes = await ResultParquet.WriteAsync(SampleTables.Typical(200, seed: 1), Provenance, Cancellation);
        var read = 0L;
        var provenance = await ResultParquet.ReadProvenanceAsync(bytes.Length, Part, Cancellation);
        Assert.Equal(Provenance.OrderBy(entry => entry.Key), provenance!.OrderBy(entry => entry.Key));
        Assert.True(read < bytes.Length / 4, $"{read} of {bytes.Length} bytes were read");

        Task<byte[]?> Part(long offset, int count)
        {
            read += count;
            return Task.FromResult<byte[]?>(bytes.AsSpan((int)offset, count).ToArray());
        }
    }

    [Fact]
    public async Task Provenance_OfAFooterLongerThanTheFirstRange_IsReadWhole()
    {
        var provenance = new Dictionary<string, string> { ["long"] = new string('x', 100_000), ["analysis"] = "a" };
        var bytes = await ResultParquet.WriteAsync(SampleTables.Everything(), provenance, Cancellation);
        var found = await ResultParquet.ReadProvenanceAsync(
            bytes.Length, (offset, count) => Task.FromResult<byte[]?>(bytes.AsSpan((int)offset, count).ToArray()), Cancellation);
        Assert.Equal(provenance.OrderBy(entry => entry.Key), found!.OrderBy(entry => entry.Key));
    }

    [Theory]
    [InlineData("")]
    [InlineData("damaged")]
    [InlineData("some bytes and a length that reaches beyond the file ZZZ\u007fPAR1")]
    public async Task Provenance_OfWhatIsNoParquet_IsRefusedInWords(string text)
    {
        var bytes = Encoding.UTF8.GetBytes(text);
        var error = await Assert.ThrowsAsync<InvalidDataException>(() => ResultParquet.ReadProvenanceAsync(
            bytes.Length, (offset, count) => Task.FromResult<byte[]?>(bytes.AsSpan((int)offset, count).ToArray()), Cancellation));
        Assert.Contains("Not a readable result table", error.Message, StringComparison.Ordinal);
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
