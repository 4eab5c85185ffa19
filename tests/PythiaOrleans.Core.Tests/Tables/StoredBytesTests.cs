using PythiaOrleans.Core.Ids;
using PythiaOrleans.Core.Tables;
using PythiaOrleans.Testing;

namespace PythiaOrleans.Core.Tests;

/// <summary>Stored results keep their bytes: the files in Fixtures were written by revision d7984ff, whose columns were boxed
/// objects.</summary>
public class StoredBytesTests
{
    private static readonly Dictionary<string, string> Provenance = new() { ["software"] = "test 1", ["analysis"] = "weight-moments" };

    public static TheoryData<string> Files { get; } = ["everything.parquet", "rows.parquet", "typical.parquet"];

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [MemberData(nameof(Files))]
    public async Task Table_Written_HasTheBytesOfTheEarlierRevision(string file) =>
        Assert.Equal(await FixtureAsync(file), await ResultParquet.WriteAsync(TableOf(file), Provenance, Cancellation));

    [Theory]
    [MemberData(nameof(Files))]
    public async Task File_OfTheEarlierRevision_IsReadToTheLastBit(string file) =>
        SampleTables.AssertSame(TableOf(file), (await ResultParquet.ReadAsync(await FixtureAsync(file), Cancellation)).Table);

    private static ResultTable TableOf(string file) => file switch
    {
        "everything.parquet" => SampleTables.Everything(),
        "typical.parquet" => SampleTables.Typical(6, seed: 1),
        _ => ResultTable.From(
            new CheckpointId("pythia-14m", 512),
            new Row[]
            {
                new(null, "embed_in", -0.0, null, long.MaxValue, true, null, [1, 2], null, []),
                new(3, "mlp.dense_h_to_4h", double.NaN, 0.1, -1, false, false, [], [0.5, double.NaN], [1.5f]),
            }),
    };

    private static async Task<byte[]> FixtureAsync(string file)
    {
        await using var stream = typeof(StoredBytesTests).Assembly.GetManifestResourceStream(file)!;
        using var bytes = new MemoryStream();
        await stream.CopyToAsync(bytes, Cancellation);
        return bytes.ToArray();
    }

    private sealed record Row(
        [property: Column("the block")] int? Block,
        [property: Column("the kind of weight")] string Component,
        [property: Column("a number", Unit = "nats")] double Number,
        [property: Column("a number that may be missing")] double? Maybe,
        [property: Column("a count")] long Count,
        [property: Column("a flag")] bool Flag,
        [property: Column("a flag that may be missing")] bool? MaybeFlag,
        [property: Column("counts")] int[] Counts,
        [property: Column("numbers that may be missing")] double[]? Numbers,
        [property: Column("singles")] float[] Singles);
}
