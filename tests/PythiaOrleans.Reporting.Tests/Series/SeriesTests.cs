using PythiaOrleans.Checkpoints.Catalog;
using PythiaOrleans.Core.Ids;
using PythiaOrleans.Core.Storage;
using PythiaOrleans.Core.Sweeps;
using PythiaOrleans.Core.Tables;
using PythiaOrleans.Numerics.Distributions;
using PythiaOrleans.Reporting.Series;
using PythiaOrleans.Testing;

namespace PythiaOrleans.Reporting.Tests;

public sealed class SeriesTests : IDisposable
{
    private const int Rows = 5;
    private static readonly AnalysisId Moments = AnalysisId.Create("weight-moments", 1, new Dictionary<string, string>());

    // Not in the order of the alphabet: the sweep's order is what counts. The catalog does not know 'mine'.
    private static readonly SweepSpec Sweep = new()
    {
        Name = "test",
        Models = ["pythia-70m", "mine", "pythia-14m"],
        Steps = [0, 1000, 20_000],
        Analyses = [Moments],
        ReferenceStep = 0,
        Source = "hub",
    };

    private readonly TemporaryFolder _folder = new();
    private readonly ResultStore _store;
    private readonly SeriesCompactor _compactor;
    private readonly SeriesReader _reader;

    public SeriesTests()
    {
        _store = new ResultStore(new FolderBlobStore(_folder.Root));
        _compactor = new SeriesCompactor(_store, ModelCatalog.Default, []);
        _reader = new SeriesReader(_store.Blobs);
    }

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private string SeriesFile => _folder[SeriesCompactor.PathOf("test", "weight-moments")];

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Series_OfAWholeSweep_HasEachRowOnceInTheSweepsOrder()
    {
        await CommitAsync([.. Sweep.Checkpoints().Reverse(), new CheckpointId("pythia-70m", 3000)]); // one that the sweep does not want
        Assert.Equal(9, await _compactor.CompactAsync(Sweep, Moments, Cancellation));

        var expected = Sweep.Checkpoints().SelectMany(checkpoint => TableOf(checkpoint)["number_0"].Cells
            .Select(number => $"{checkpoint.Model} {checkpoint.Step} {SampleTables.Text(number)}"));
        var found = Duck.Query(SeriesFile, "SELECT model, step, number_0 FROM $file")
            .Select(row => $"{row[0]} {row[1]} {SampleTables.Text(row[2])}");
        Assert.Equal(expected, found);
    }

    [Fact]
    public async Task Series_JoinsTheScheduleWhereItIsKnown()
    {
        await CommitAsync([.. Sweep.Checkpoints()]);
        await _compactor.CompactAsync(Sweep, Moments, Cancellation);
        var types = Duck.Types(SeriesFile);
        Assert.DoesNotContain("histogram", types.Keys);
        Assert.Equal("BIGINT", types["tokens"]);

        var rows = Duck.Query(
            SeriesFile,
            "SELECT DISTINCT model, step, tokens, learning_rate, summed_learning_rate, decay_factor, fraction FROM $file "
            + "WHERE step > 0 ORDER BY model, step");
        Assert.Equal(6, rows.Count);
        Assert.Equal([null, null, null, null], rows[0][2..6]); // 'mine'
        Assert.Equal(0.05, rows[0][6]);

        // pythia-14m: weight decay 0.1, 2,097,152 tokens a step, peak 1e-3 after 1,430 steps of linear warm-up: the sum over n < 1000 is
        // peak/1430 · 999·1000/2.
        var (tokens, rate, sum) = ((long)rows[2][2]!, (double)rows[2][3]!, (double)rows[2][4]!);
        Assert.Equal(2_097_152_000, tokens);
        Assert.Equal(1e-3 * 1000 / 1430, rate, 1e-12);
        Assert.Equal(1e-3 / 1430 * 499_500, sum, 1e-9);
        Assert.InRange((double)rows[2][5]!, Math.Exp(-0.1 * sum) * 0.9999, Math.Exp(-0.1 * sum));
        Assert.Equal(1.0, rows[3][6]);
    }

    [Fact]
    public async Task Series_OfAPartialSweep_HoldsWhatIsThereAndGrows()
    {
        Assert.Equal(0, await _compactor.CompactAsync(Sweep, Moments, Cancellation));
        Assert.Null(await _reader.ReadAsync("test", "weight-moments", Cancellation));

        await CommitAsync(new CheckpointId("mine", 1000), new CheckpointId("pythia-14m", 0));
        Assert.Equal(2, await _compactor.CompactAsync(Sweep, Moments, Cancellation));
        Assert.Equal(2 * Rows, (await _reader.ReadAsync("test", "weight-moments", Cancellation))!.Count);

        await CommitAsync(new CheckpointId("pythia-70m", 0));
        Assert.Equal(3, await _compactor.CompactAsync(Sweep, Moments, Cancellation));
        var table = (await _reader.ReadAsync("test", "weight-moments", Cancellation, ["model"]))!;
        Assert.Equal("pythia-70m", table["model"].Cells[0]);
        Assert.Equal(3 * Rows, table.Count);
        Assert.Equal(["weight-moments"], await _reader.ListAsync("test", Cancellation));
    }

    [Fact]
    public async Task Series_WithoutNewResults_IsNotWrittenAgain()
    {
        await CommitAsync([.. Sweep.Checkpoints()]);
        await _compactor.CompactAsync(Sweep, Moments, Cancellation);
        File.SetLastWriteTimeUtc(SeriesFile, DateTime.UnixEpoch);
        Assert.Equal(9, await _compactor.CompactAsync(Sweep, Moments, Cancellation));
        Assert.Equal(DateTime.UnixEpoch, File.GetLastWriteTimeUtc(SeriesFile));

        // other fractions of the same results
        await _compactor.CompactAsync(Sweep with { Steps = [0, 1000, 20_000, 40_000] }, Moments, Cancellation);
        Assert.NotEqual(DateTime.UnixEpoch, File.GetLastWriteTimeUtc(SeriesFile));
    }

    [Fact]
    public async Task Series_MadeInStepsOrAtOnce_HasTheSameBytes()
    {
        foreach (var checkpoint in Sweep.Checkpoints())
        {
            await CommitAsync(checkpoint);
            await _compactor.CompactAsync(Sweep, Moments, Cancellation);
        }

        var grown = await File.ReadAllBytesAsync(SeriesFile, Cancellation);
        await File.WriteAllTextAsync(SeriesFile, "damaged", Cancellation);
        await _compactor.CompactAsync(Sweep, Moments, Cancellation);
        Assert.Equal(grown, await File.ReadAllBytesAsync(SeriesFile, Cancellation));
    }

    /// <summary>The fixture was written by revision d7984ff from the same results.</summary>
    [Fact]
    public async Task Series_HasTheBytesOfTheEarlierRevision()
    {
        await CommitAsync([.. Sweep.Checkpoints()]);
        await _compactor.CompactAsync(Sweep, Moments, Cancellation);
        await using var fixture = typeof(SeriesTests).Assembly.GetManifestResourceStream("series.parquet")!;
        using var expected = new MemoryStream();
        await fixture.CopyToAsync(expected, Cancellation);
        Assert.Equal(expected.ToArray(), await File.ReadAllBytesAsync(SeriesFile, Cancellation));
    }

    [Fact]
    public async Task Series_OfASweepThatNamesAModelTwice_HasEachRowOnce()
    {
        await CommitAsync([.. Sweep.Checkpoints()]);
        await _compactor.CompactAsync(Sweep with { Models = [.. Sweep.Models, "mine"] }, Moments, Cancellation);
        Assert.Equal(9L * Rows, Duck.Query(SeriesFile, "SELECT count(*) FROM $file")[0][0]);
    }

    [Fact]
    public async Task Series_OfTablesWithOtherColumns_IsRefusedWithTheFile()
    {
        await CommitAsync(new CheckpointId("mine", 0));
        var odd = new ResultKey(new CheckpointId("mine", 1000), Moments);
        var table = new ResultTable([.. TableOf(odd.Checkpoint).Columns.Reverse()]);
        await SampleTables.CommitAsync(_store, odd, table, Cancellation);
        var error = await Assert.ThrowsAsync<InvalidDataException>(() => _compactor.CompactAsync(Sweep, Moments, Cancellation));
        Assert.Contains(odd.Path, error.Message, StringComparison.Ordinal);
    }

    private static ResultTable TableOf(CheckpointId checkpoint) =>
        SampleTables.Typical(Rows, seed: checkpoint.Step + checkpoint.Model.Length, checkpoint.Model, checkpoint.Step);

    private async Task CommitAsync(params CheckpointId[] checkpoints)
    {
        foreach (var checkpoint in checkpoints)
        {
            await SampleTables.CommitAsync(_store, new ResultKey(checkpoint, Moments), TableOf(checkpoint), Cancellation);
        }
    }
}
