using PythiaOrleans.Core.Ids;
using PythiaOrleans.Core.Storage;
using PythiaOrleans.Core.Sweeps;
using PythiaOrleans.Testing;

namespace PythiaOrleans.Core.Tests;

public sealed class SweepLedgerTests : IDisposable
{
    private static readonly AnalysisId Moments = AnalysisId.Create("weight-moments", 1, new Dictionary<string, string>());
    private static readonly AnalysisId Spectrum = AnalysisId.Create("weight-spectrum", 1, new Dictionary<string, string>());
    private static readonly RunRecord Run = new("ab12", 60, "here", new DateTimeOffset(2026, 11, 23, 20, 0, 0, TimeSpan.Zero), 1, 0.5, 1);

    private static readonly SweepSpec Sweep = new()
    {
        Name = "nano",
        Models = ["nano-2", "nano-1"],
        Steps = [0, 1000, 2000],
        Analyses = [Moments, Spectrum],
        ReferenceStep = 0,
        Source = "hub",
    };

    private readonly TemporaryFolder _folder = new();
    private readonly ListingCount _blobs;
    private readonly ResultStore _store;
    private readonly ManualClock _clock = new();
    private readonly SweepLedger _ledger;

    public SweepLedgerTests()
    {
        _blobs = new ListingCount(new FolderBlobStore(_folder.Root));
        _store = new ResultStore(_blobs);
        _ledger = new SweepLedger(_store, _clock);
    }

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Standing_OfPartOfASweep_SaysDoneMissingAndFailed()
    {
        await CommitAsync(new CheckpointId("nano-1", 0), Moments, Spectrum);
        await CommitAsync(new CheckpointId("nano-1", 2000), Moments);
        await CommitAsync(new CheckpointId("nano-2", 1000), Spectrum);
        await CommitAsync(new CheckpointId("nano-1", 500), Moments, Spectrum); // a step that the sweep does not ask for
        await FailAsync(new CheckpointId("nano-2", 1000));
        await FailAsync(new CheckpointId("nano-1", 0)); // a note that a commit should have cleared
        await FailAsync(new CheckpointId("nano-1", 500));
        await FailAsync(new CheckpointId("nano-9", 0));

        var standing = await _ledger.ReadAsync(Sweep, Cancellation);

        Assert.Equal((6, 1, false), (standing.Total, standing.Done, standing.IsComplete));
        Assert.Equal([("nano-2", 0), ("nano-1", 1)], standing.Models.Select(model => (model.Model, model.Done)));
        Assert.True(standing.IsDone(new CheckpointId("nano-1", 0)));
        Assert.Empty(standing.Missing(new CheckpointId("nano-1", 0)));
        Assert.Equal([Spectrum], standing.Missing(new CheckpointId("nano-1", 2000)));
        Assert.Equal([Moments], standing.Missing(new CheckpointId("nano-2", 1000)));
        Assert.Equal([Moments, Spectrum], standing.Missing(new CheckpointId("nano-2", 0)));
        Assert.Equal([new CheckpointId("nano-2", 1000)], standing.Failures.Select(failure => failure.Checkpoint));
        Assert.Equal(["nano-1@step0", "nano-1@step2000"], standing.Committed(Moments).Select(key => key.Checkpoint.ToString()));
        Assert.Equal(["nano-2@step1000", "nano-1@step0"], standing.Committed(Spectrum).Select(key => key.Checkpoint.ToString()));
    }

    [Fact]
    public async Task CompleteSweep_AskedByManyForAMinute_IsListedOnce()
    {
        await CommitAllAsync();
        for (var second = 0; second < SweepLedger.CompleteAge.TotalSeconds; second++)
        {
            var standings = await Task.WhenAll(Enumerable.Range(0, 200).Select(_ => _ledger.ReadAsync(Sweep, Cancellation)));
            Assert.All(standings, standing => Assert.True(standing.IsComplete));
            _clock.Advance(TimeSpan.FromSeconds(1));
        }

        Assert.Equal(3, _blobs.Listings); // two models, and the failures
    }

    [Fact]
    public async Task CompleteSweep_WhoseResultAnotherProcessDeleted_IsNotCompleteAfterAMinute()
    {
        await CommitAllAsync();
        Assert.True((await _ledger.ReadAsync(Sweep, Cancellation)).IsComplete);
        File.Delete(_folder[new ResultKey(new CheckpointId("nano-1", 1000), Moments).Path]);

        _clock.Advance(SweepLedger.CompleteAge + TimeSpan.FromSeconds(1));

        Assert.Equal([Moments], (await _ledger.ReadAsync(Sweep, Cancellation)).Missing(new CheckpointId("nano-1", 1000)));
    }

    [Fact]
    public async Task OpenSweep_ChangedByAnotherProcess_ShowsItAfterSeconds()
    {
        Assert.Equal(0, (await _ledger.ReadAsync(Sweep, Cancellation)).Done);
        var other = new ResultStore(new FolderBlobStore(_folder.Root));
        await other.CommitAsync(new ResultKey(new CheckpointId("nano-1", 0), Moments), new byte[] { 1 }, Run, Cancellation);
        await other.CommitAsync(new ResultKey(new CheckpointId("nano-1", 0), Spectrum), new byte[] { 1 }, Run, Cancellation);

        Assert.Equal(0, (await _ledger.ReadAsync(Sweep, Cancellation)).Done);
        Assert.Equal(1, (await _ledger.ReadFreshAsync(Sweep, Cancellation)).Done);
        await other.CommitAsync(new ResultKey(new CheckpointId("nano-2", 0), Moments), new byte[] { 1 }, Run, Cancellation);
        await other.CommitAsync(new ResultKey(new CheckpointId("nano-2", 0), Spectrum), new byte[] { 1 }, Run, Cancellation);
        _clock.Advance(SweepLedger.OpenAge + TimeSpan.FromSeconds(1));
        Assert.Equal(2, (await _ledger.ReadAsync(Sweep, Cancellation)).Done);
    }

    [Fact]
    public async Task Sweep_ChangedByThisProcess_ShowsItAtOnce()
    {
        var checkpoint = new CheckpointId("nano-1", 0);
        Assert.Equal(0, (await _ledger.ReadAsync(Sweep, Cancellation)).Done);
        await FailAsync(checkpoint);
        Assert.Single((await _ledger.ReadAsync(Sweep, Cancellation)).Failures);
        await CommitAsync(checkpoint, Moments, Spectrum);
        var done = await _ledger.ReadAsync(Sweep, Cancellation);
        Assert.Equal((1, 0), (done.Done, done.Failures.Count));
        await _store.TryCreateSweepAsync(Sweep, Cancellation);
        Assert.Equal(["nano"], await _ledger.ListSweepsAsync(Cancellation));
        await _store.TryCreateSweepAsync(Sweep with { Name = "another" }, Cancellation);
        Assert.Equal(["another", "nano"], await _ledger.ListSweepsAsync(Cancellation));
    }

    [Fact]
    public async Task FreshAnswers_WantedWhileAListingRuns_ShareTheNextOne()
    {
        var gate = new TaskCompletionSource();
        _blobs.Gate = gate.Task;
        var first = _ledger.ReadFreshAsync(Sweep, "nano-1", Cancellation);
        while (_blobs.Listings == 0)
        {
            await Task.Yield();
        }

        var other = new ResultStore(new FolderBlobStore(_folder.Root));
        await other.CommitAsync(new ResultKey(new CheckpointId("nano-1", 0), Moments), new byte[] { 1 }, Run, Cancellation);
        var later = Enumerable.Range(0, 7).Select(_ => _ledger.ReadFreshAsync(Sweep, "nano-1", Cancellation)).ToArray();
        gate.SetResult();

        Assert.Equal([Moments, Spectrum], (await first).Missing(0));
        foreach (var standing in later)
        {
            Assert.Equal([Spectrum], (await standing).Missing(0));
        }

        Assert.Equal(2, _blobs.Listings);
    }

    [Fact]
    public async Task Listing_ThatFailed_IsTriedAgain()
    {
        _blobs.Gate = Task.FromException(new IOException("away"));
        await Assert.ThrowsAsync<IOException>(() => _ledger.ReadAsync(Sweep, Cancellation)); // as the store threw it
        _blobs.Gate = Task.CompletedTask;
        Assert.Equal(0, (await _ledger.ReadAsync(Sweep, Cancellation)).Done);
    }

    [Fact]
    public async Task Orders_BesideSpecs_AreNoSweeps()
    {
        await _store.TryCreateSweepAsync(Sweep, Cancellation);
        await _blobs.WriteAsync("sweeps/nano.state.json", new byte[] { 1 }, Cancellation);
        Assert.Equal(["nano"], await _ledger.ListSweepsAsync(Cancellation));
        await Assert.ThrowsAsync<ArgumentException>(() => _store.TryCreateSweepAsync(Sweep with { Name = "nano.state" }, Cancellation));
    }

    private async Task CommitAllAsync()
    {
        foreach (var checkpoint in Sweep.Checkpoints())
        {
            await CommitAsync(checkpoint, Moments, Spectrum);
        }
    }

    private async Task CommitAsync(CheckpointId checkpoint, params AnalysisId[] analyses)
    {
        foreach (var analysis in analyses)
        {
            await _store.CommitAsync(new ResultKey(checkpoint, analysis), new byte[] { 1, 2, 3 }, Run, Cancellation);
        }
    }

    private Task FailAsync(CheckpointId checkpoint) =>
        _store.WriteFailureAsync(Sweep.Name, new ShardFailure(checkpoint, [Moments], FailureKind.Permanent, "broken", 1, Run.FinishedAt), Cancellation);
}
