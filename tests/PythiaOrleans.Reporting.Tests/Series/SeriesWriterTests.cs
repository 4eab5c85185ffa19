using PythiaOrleans.Checkpoints.Catalog;
using PythiaOrleans.Core.Descriptions;
using PythiaOrleans.Core.Ids;
using PythiaOrleans.Core.Storage;
using PythiaOrleans.Core.Sweeps;
using PythiaOrleans.Core.Tables;
using PythiaOrleans.Reporting.Series;
using PythiaOrleans.Testing;

namespace PythiaOrleans.Reporting.Tests;

/// <summary>Several processes write one series, others read it.</summary>
public sealed class SeriesWriterTests : IDisposable
{
    private const int Rows = 5;
    private static readonly AnalysisId Moments = AnalysisId.Create("weight-moments", 1, new Dictionary<string, string>());
    private static readonly string SeriesPath = SeriesCompactor.PathOf("test", "weight-moments");
    private static readonly SweepSpec Sweep = new()
    {
        Name = "test",
        Models = ["pythia-14m"],
        Steps = [0, 1000, 2000],
        Analyses = [Moments],
        ReferenceStep = 0,
        Source = "hub",
    };

    private readonly TemporaryFolder _folder = new();
    private readonly ResultStore _store;

    public SeriesWriterTests() => _store = new ResultStore(new FolderBlobStore(_folder.Root));

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task SlowCompaction_ThatListedFewerResults_DoesNotOverwriteALaterOne()
    {
        await CommitAsync(0);
        var (listed, goOn) = (new TaskCompletionSource(), new TaskCompletionSource());
        var slow = new WatchedBlobStore(_store.Blobs)
        {
            BeforeRead = name =>
            {
                if (!name.StartsWith("results/", StringComparison.Ordinal))
                {
                    return Task.CompletedTask;
                }

                listed.TrySetResult();
                return goOn.Task;
            },
        };
        var older = Compactor(slow).CompactAsync(Sweep, Moments, Cancellation);
        await listed.Task.WaitAsync(Cancellation);

        await CommitAsync(1000);
        Assert.Equal(2, await Compactor(_store.Blobs).CompactAsync(Sweep, Moments, Cancellation));
        goOn.SetResult();

        Assert.Equal(2, await older);
        Assert.Equal(2 * Rows, await CountAsync());
    }

    [Fact]
    public async Task Compactions_ByManyWritersWhileResultsArrive_EndWithEveryResult()
    {
        var sweep = Sweep with { Steps = [.. Enumerable.Range(0, 20)] };
        var writers = new List<Task>();
        foreach (var step in sweep.Steps)
        {
            await CommitAsync(step);
            writers.Add(
                Task.Run(() => Compactor(new FolderBlobStore(_folder.Root)).CompactAsync(sweep, Moments, Cancellation), Cancellation));
        }

        await Task.WhenAll(writers);
        Assert.Equal(20 * Rows, await CountAsync());
    }

    [Fact]
    public async Task Compaction_ByASpecFromBeforeTheSweepWasExtended_KeepsTheExtension()
    {
        await CommitAsync(0);
        await CommitAsync(1000);
        await _store.TryCreateSweepAsync(Sweep, Cancellation);
        await Compactor(_store.Blobs).CompactAsync(Sweep, Moments, Cancellation);

        Assert.Equal(2, await Compactor(_store.Blobs).CompactAsync(Sweep with { Steps = [0] }, Moments, Cancellation));
        Assert.Equal(2 * Rows, await CountAsync());
    }

    [Fact]
    public async Task FreshSeries_HasWhatCameSince_AndStoresNothing()
    {
        await CommitAsync(0);
        await Compactor(_store.Blobs).CompactAsync(Sweep, Moments, Cancellation);
        await CommitAsync(1000);
        var stored = await _store.Blobs.ReadAsync(SeriesPath, Cancellation);
        var watched = new WatchedBlobStore(_store.Blobs);
        var compactor = Compactor(watched);

        var fresh = (await compactor.ReadFreshAsync(Sweep, Moments, Cancellation))!;
        Assert.Equal(2 * Rows, fresh.Count);
        Assert.Same(fresh, await compactor.ReadFreshAsync(Sweep, Moments, Cancellation)); // not built a second time
        Assert.DoesNotContain(watched.Calls, call => call.StartsWith("write", StringComparison.Ordinal));
        Assert.Equal(stored, await _store.Blobs.ReadAsync(SeriesPath, Cancellation));

        await compactor.CompactAsync(Sweep, Moments, Cancellation);
        SampleTables.AssertSame((await new SeriesReader(_store.Blobs).ReadAsync("test", "weight-moments", Cancellation))!, fresh);
        Assert.Null(await compactor.ReadFreshAsync(Sweep, Moments with { Name = "other" }, Cancellation));
    }

    [Fact]
    public async Task FreshSeries_OfADamagedResult_IsRefusedAndLeavesItWhereItIs()
    {
        await CommitAsync(0);
        var path = _folder[new ResultKey(new CheckpointId("pythia-14m", 0), Moments).Path];
        await File.WriteAllTextAsync(path, "damaged", Cancellation);
        var error = await Assert.ThrowsAsync<InvalidDataException>(
            () => Compactor(_store.Blobs).ReadFreshAsync(Sweep, Moments, Cancellation));
        Assert.Contains("1 results are damaged", error.Message, StringComparison.Ordinal);
        Assert.Equal("damaged", await File.ReadAllTextAsync(path, Cancellation));

        await Assert.ThrowsAsync<DamagedResultsException>(() => Compactor(_store.Blobs).CompactAsync(Sweep, Moments, Cancellation));
        Assert.False(File.Exists(path)); // put aside, to be computed again
    }

    [Fact]
    public async Task SeriesThatIsUpToDate_IsNotReadToSeeThatItIs()
    {
        await CommitAsync(0);
        await Compactor(_store.Blobs).CompactAsync(Sweep, Moments, Cancellation);
        var watched = new WatchedBlobStore(_store.Blobs);
        Assert.Equal(1, await Compactor(watched).CompactAsync(Sweep, Moments, Cancellation));
        Assert.Contains($"range {SeriesPath}", watched.Calls);
        Assert.DoesNotContain($"read {SeriesPath}", watched.Calls);
        Assert.DoesNotContain(watched.Calls, call => call.StartsWith("write", StringComparison.Ordinal));
    }

    [Fact]
    public async Task DerivedColumns_OfANewVersion_AreWrittenAgain()
    {
        await CommitAsync(0);
        await Compactor(_store.Blobs, new Constant(Version: 1, Value: 1)).CompactAsync(Sweep, Moments, Cancellation);
        Assert.Equal([1.0, 1, 1, 1, 1], await ConstantsAsync());

        await Compactor(_store.Blobs, new Constant(Version: 1, Value: 2)).CompactAsync(Sweep, Moments, Cancellation);
        Assert.Equal([1.0, 1, 1, 1, 1], await ConstantsAsync()); // same version, so nothing to write

        await Compactor(_store.Blobs, new Constant(Version: 2, Value: 2)).CompactAsync(Sweep, Moments, Cancellation);
        Assert.Equal([2.0, 2, 2, 2, 2], await ConstantsAsync());
    }

    /// <summary>Each step's table comes with that of the step before of its model; the whole series comes at the end.</summary>
    [Fact]
    public async Task DerivedColumns_MayReadTheStepBefore_AndTheWholeSeries()
    {
        int[] steps = [.. Sweep.Steps.Take(3)];
        foreach (var step in steps)
        {
            await CommitAsync(step);
        }

        await Compactor(_store.Blobs, new Chain()).CompactAsync(Sweep, Moments, Cancellation);
        var series = (await new SeriesReader(_store.Blobs).ReadAsync("test", "weight-moments", Cancellation))!;
        Assert.Equal(
            series.Read<int>("step").Select(step => step == steps[0] ? (int?)null : steps[Array.IndexOf(steps, step) - 1]),
            series.Read<int?>("before"));
        Assert.All(series.Read<int?>("rows_in_all"), rows => Assert.Equal(series.Count, rows));
    }

    private static SeriesCompactor Compactor(IBlobStore blobs, params IDerivedColumns[] derived) =>
        new(new ResultStore(blobs), ModelCatalog.Default, derived);

    private async Task<IEnumerable<double>> ConstantsAsync() =>
        (await new SeriesReader(_store.Blobs).ReadAsync("test", "weight-moments", Cancellation))!.Read<double>("constant");

    private async Task<int> CountAsync() =>
        (await new SeriesReader(_store.Blobs).ReadAsync("test", "weight-moments", Cancellation, ["step"]))!.Count;

    private async Task CommitAsync(int step)
    {
        var checkpoint = new CheckpointId("pythia-14m", step);
        var table = SampleTables.Typical(Rows, seed: step, checkpoint.Model, step);
        await SampleTables.CommitAsync(_store, new ResultKey(checkpoint, Moments), table, Cancellation);
    }

    private sealed class Chain : IDerivedColumns
    {
        public string Analysis => "weight-moments";

        public int Version => 1;

        public IReadOnlyCollection<string> Lists => [];

        public bool ReadsPrevious => true;

        public IReadOnlyList<ResultColumn> Derive(ResultTable table, ResultTable final) => throw new NotSupportedException();

        public IReadOnlyList<ResultColumn> Derive(ResultTable table, ResultTable final, ResultTable? previous) =>
            [Column("before", previous?.Read<int>("step")[0], table.Count)];

        public IReadOnlyList<ResultColumn> DeriveFromSeries(ResultTable series) => [Column("rows_in_all", series.Count, series.Count)];

        private static Column<int?> Column(string name, int? value, int count) =>
            new(new ColumnSchema(name, typeof(int), true, "a number", ""), Enumerable.Repeat(value, count));
    }

    private sealed record Constant(int Version, double Value) : IDerivedColumns
    {
        public string Analysis => "weight-moments";

        public IReadOnlyCollection<string> Lists => [];

        public IReadOnlyList<ResultColumn> Derive(ResultTable table, ResultTable final) =>
            [new Column<double>(
                new ColumnSchema("constant", typeof(double), false, "a constant", ""), Enumerable.Repeat(Value, table.Count))];
    }
}
