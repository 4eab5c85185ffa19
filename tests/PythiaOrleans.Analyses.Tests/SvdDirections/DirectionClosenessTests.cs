using PythiaOrleans.Checkpoints.Catalog;
using PythiaOrleans.Checkpoints.Loading;
using PythiaOrleans.Core.Ids;
using PythiaOrleans.Core.Storage;
using PythiaOrleans.Core.Sweeps;
using PythiaOrleans.Core.Tables;
using PythiaOrleans.Reporting.Series;
using PythiaOrleans.Testing;

namespace PythiaOrleans.Analyses.Tests;

public sealed class DirectionClosenessTests : IDisposable
{
    private static readonly AnalysisId Directions = AnalysisId.Create("svd-directions", 1, new Dictionary<string, string>());
    private static readonly SweepSpec Sweep = new()
    {
        Name = "test",
        Models = ["mine"],
        Steps = [0, 1, 2],
        Analyses = [Directions],
        ReferenceStep = 0,
        Source = "hub",
    };

    // Three directions of two tokens each.
    private static readonly int[] First = [1, 2, 3, 4, 5, 6];
    private static readonly int[] Swapped = [4, 3, 1, 2, 5, 9];

    private readonly TemporaryFolder _folder = new();
    private readonly ResultStore _store;

    public DirectionClosenessTests() => _store = new ResultStore(new FolderBlobStore(_folder.Root));

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Dispose();

    /// <summary>
    /// By hand: places (1,2), (3,4), (5,6) against (4,3), (1,2), (5,9): one exact place, one shared token in place, five when the first two
    /// are swapped.
    /// </summary>
    [Fact]
    public async Task Series_ComparesWithTheFinalCheckpoint()
    {
        await CommitAsync(0, First);
        await CommitAsync(2, Swapped);
        var series = await CompactAsync();
        Assert.Equal([2, 2], series["final_step"].Cells.Cast<int>());
        Assert.Equal([1.0 / 6, 1], series["exact"].Cells.Cast<double>());
        Assert.Equal([1.0 / 6, 1], series["overlap"].Cells.Cast<double>());
        Assert.Equal([5.0 / 6, 1], series["matched_overlap"].Cells.Cast<double>());
        Assert.DoesNotContain(series.Columns, column => column.Schema.IsList);
    }

    /// <summary>A sweep that goes on is measured against its new last step.</summary>
    [Fact]
    public async Task Series_OfAPartialSweep_TakesTheLastThere()
    {
        await CommitAsync(0, First);
        await CommitAsync(1, First);
        Assert.Equal([1.0, 1], (await CompactAsync())["exact"].Cells.Cast<double>());

        await CommitAsync(2, Swapped);
        var series = await CompactAsync();
        Assert.Equal([2, 2, 2], series["final_step"].Cells.Cast<int>());
        Assert.Equal([1.0 / 6, 1.0 / 6, 1], series["exact"].Cells.Cast<double>());
        Assert.Equal([null, 1.0, 1.0 / 6], series["previous_overlap"].Cells);
    }

    /// <summary>A block that held NaN at the end has no final directions.</summary>
    [Fact]
    public async Task Series_WithoutAFinalRow_HasNoCloseness()
    {
        await CommitAsync(0, First);
        await CommitAsync(1, First, component: "other");
        Assert.Equal([null, 1.0], (await CompactAsync())["overlap"].Cells);
    }

    private async Task<ResultTable> CompactAsync()
    {
        await new SeriesCompactor(_store, ModelCatalog.Default, AnalysisRegistry.BuiltIn.DerivedColumns)
            .CompactAsync(Sweep, Directions, Cancellation);
        return (await new SeriesReader(_store.Blobs).ReadAsync("test", "svd-directions", Cancellation))!;
    }

    private async Task CommitAsync(int step, int[] tokens, string component = "mlp.dense_h_to_4h")
    {
        var checkpoint = new CheckpointId("mine", step);
        var table = ResultTable.From(checkpoint, [new Row(0, component, "weight", 3, tokens)]);
        var bytes = await ResultParquet.WriteAsync(
            table, new Dictionary<string, string> { ["checkpoint"] = checkpoint.ToString() }, Cancellation);
        var digest = Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(bytes));
        await _store.CommitAsync(
            new ResultKey(checkpoint, Directions), bytes,
            new RunRecord(digest, table.Count, "here", DateTimeOffset.UnixEpoch, 1, 0, 0), Cancellation);
    }

    private sealed record Row(
        [property: Column("block")] int? Block,
        [property: Column("component")] string Component,
        [property: Column("parameter")] string Parameter,
        [property: Column("directions")] int Count,
        [property: Column("tokens")] int[] Tokens);
}
