using PythiaOrleans.Core.Ids;
using PythiaOrleans.Core.Storage;
using PythiaOrleans.Core.Sweeps;
using PythiaOrleans.Testing;

namespace PythiaOrleans.Core.Tests;

public sealed class ResultStoreTests : IDisposable
{
    private static readonly AnalysisId Moments = AnalysisId.Create("weight-moments", 1, new Dictionary<string, string>());
    private static readonly ResultKey Key = new(new CheckpointId("nano-1", 1000), Moments);
    private static readonly RunRecord Run = new(
        "ab12", 60, "here", new DateTimeOffset(2026, 11, 23, 20, 0, 0, TimeSpan.Zero), 1, 0.5, double.NaN);

    private static readonly ShardFailure Failure = new(
        Key.Checkpoint, [Moments], FailureKind.Permanent, "model.safetensors: header: expected '{', found 'x'.", 1, Run.FinishedAt);

    private static readonly SweepSpec Sweep = new()
    {
        Name = "nano",
        Models = ["nano-1", "nano-2"],
        Steps = [0, 1000, 2000],
        Analyses = [Moments],
        ReferenceStep = 0,
        Stride = 1000,
        Source = "hub",
    };

    private readonly TemporaryFolder _folder = new();
    private readonly ResultStore _store;

    public ResultStoreTests() => _store = new ResultStore(new FolderBlobStore(_folder.Root));

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Result_Committed_IsThereWithItsRecord()
    {
        Assert.False(await _store.ExistsAsync(Key, Cancellation));
        Assert.Null(await _store.ReadAsync(Key, Cancellation));
        Assert.Null(await _store.ReadRunAsync(Key, Cancellation));

        Assert.Equal(CommitOutcome.Committed, await _store.CommitAsync(Key, new byte[] { 1, 2, 3 }, Run, Cancellation));

        Assert.True(await _store.ExistsAsync(Key, Cancellation));
        Assert.Equal([1, 2, 3], await _store.Blobs.ReadAsync(Key.Path, Cancellation));
        Assert.Equal(Run, await _store.ReadRunAsync(Key, Cancellation));
        Assert.True(File.Exists(_folder[$"results/nano-1/step1000/{Moments}.parquet"]));
    }

    [Fact]
    public async Task Result_CommittedByMany_IsCreatedOnce()
    {
        var bytes = new byte[100_000];
        new Random(5).NextBytes(bytes);
        var outcomes = await Task.WhenAll(Enumerable.Range(0, 16).Select(attempt =>
            Task.Run(() => _store.CommitAsync(Key, bytes.ToArray(), Run with { Attempt = attempt }, Cancellation), Cancellation)));

        Assert.Single(outcomes, CommitOutcome.Committed);
        Assert.Equal(15, outcomes.Count(outcome => outcome == CommitOutcome.AlreadyThere));
        Assert.Equal(bytes, await _store.Blobs.ReadAsync(Key.Path, Cancellation));
    }

    [Fact]
    public async Task Result_CommittedWithOtherBytes_DiffersAndTheFirstStays()
    {
        await _store.CommitAsync(Key, new byte[] { 1, 2, 3 }, Run, Cancellation);
        Assert.Equal(
            CommitOutcome.Differs, await _store.CommitAsync(Key, new byte[] { 1, 2, 4 }, Run with { Sha256 = "cd" }, Cancellation));
        Assert.Equal([1, 2, 3], await _store.Blobs.ReadAsync(Key.Path, Cancellation));
        Assert.Equal("ab12", (await _store.ReadRunAsync(Key, Cancellation))!.Sha256);
    }

    [Fact]
    public async Task Record_LostByADeadWriter_IsWrittenByTheNext()
    {
        await _store.CommitAsync(Key, new byte[] { 1 }, Run, Cancellation);
        File.Delete(_folder[Key.RunPath]);
        Assert.Equal(CommitOutcome.AlreadyThere, await _store.CommitAsync(Key, new byte[] { 1 }, Run with { Attempt = 2 }, Cancellation));
        Assert.Equal(2, (await _store.ReadRunAsync(Key, Cancellation))!.Attempt);
    }

    [Fact]
    public async Task Record_ThatCannotBeWritten_DoesNotUndoTheCommit()
    {
        Directory.CreateDirectory(_folder[Key.RunPath]); // a folder where the record should go
        Assert.Equal(CommitOutcome.Committed, await _store.CommitAsync(Key, new byte[] { 1 }, Run, Cancellation));
        Assert.Equal([1], await _store.Blobs.ReadAsync(Key.Path, Cancellation));
    }

    [Fact]
    public async Task List_OfAModel_HoldsItsResultsAndNothingElse()
    {
        var expected = new HashSet<ResultKey> { Key, Key with { Checkpoint = new CheckpointId("nano-1", 0) } };
        foreach (var key in expected.Append(Key with { Checkpoint = new CheckpointId("nano-10", 1000) }))
        {
            await _store.CommitAsync(key, new byte[] { 1 }, Run, Cancellation);
        }

        string[] others =
        [
            "notes.txt", "step1000/readme.parquet", $"step007/{Moments}.parquet", $"stepX/{Moments}.parquet", $"{Moments}.parquet",
        ];
        foreach (var foreign in others)
        {
            Directory.CreateDirectory(Path.GetDirectoryName(_folder[$"results/nano-1/{foreign}"])!);
            await File.WriteAllTextAsync(_folder[$"results/nano-1/{foreign}"], "?", Cancellation);
        }

        Assert.Equal(expected, await _store.ListAsync("nano-1", Cancellation));
        Assert.Empty(await _store.ListAsync("nano-2", Cancellation));
    }

    [Fact]
    public async Task Table_ThatIsBroken_IsNamedWithItsFile()
    {
        await _store.CommitAsync(Key, new byte[] { 1, 2, 3 }, Run, Cancellation);
        var error = await Assert.ThrowsAsync<InvalidDataException>(() => _store.ReadAsync(Key, Cancellation));
        Assert.Contains(Key.Path, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Sweep_Created_ComesBackAndIsNotCreatedTwice()
    {
        Assert.Null(await _store.ReadSweepAsync("nano", Cancellation));
        Assert.True(await _store.TryCreateSweepAsync(Sweep, Cancellation));
        Assert.False(await _store.TryCreateSweepAsync(Sweep with { Priority = 9 }, Cancellation));
        var read = await _store.ReadSweepAsync("nano", Cancellation);
        Assert.Equivalent(Sweep, read, strict: true);

        await _store.WriteSweepAsync(Sweep with { Priority = 9 }, Cancellation);
        Assert.Equal(9, (await _store.ReadSweepAsync("nano", Cancellation))!.Priority);
    }

    [Fact]
    public async Task Sweeps_Listed_AreInOrderAndWithoutFailures()
    {
        foreach (var name in (string[])["b", "a-b", "a"])
        {
            await _store.TryCreateSweepAsync(Sweep with { Name = name }, Cancellation);
            await _store.WriteFailureAsync(name, Failure, Cancellation);
        }

        Assert.Equal(["a", "a-b", "b"], await _store.ListSweepsAsync(Cancellation));
    }

    [Fact]
    public async Task Failure_WrittenAndCleared_IsGone()
    {
        var later = Failure with { Checkpoint = new CheckpointId("nano-1", 20_000), Kind = FailureKind.WorkerDied };
        await _store.WriteFailureAsync("nano", later, Cancellation);
        await _store.WriteFailureAsync("nano", Failure, Cancellation);
        var json = await File.ReadAllTextAsync(_folder["sweeps/nano/failures/nano-1/step1000.json"], Cancellation);
        Assert.Contains("\"kind\": \"permanent\"", json, StringComparison.Ordinal);
        Assert.Contains("\"checkpoint\": \"nano-1@step1000\"", json, StringComparison.Ordinal);

        Assert.Equivalent(new[] { Failure, later }, await _store.ReadFailuresAsync("nano", Cancellation), strict: true);
        await _store.ClearFailureAsync("nano", Failure.Checkpoint, Cancellation);
        await _store.ClearFailureAsync("nano", Failure.Checkpoint, Cancellation);
        Assert.Equal(later.Checkpoint, Assert.Single(await _store.ReadFailuresAsync("nano", Cancellation)).Checkpoint);
    }

    [Fact]
    public async Task Sweep_ThatIsNoJson_IsRefusedWithItsFile()
    {
        Directory.CreateDirectory(_folder["sweeps"]);
        await File.WriteAllTextAsync(_folder["sweeps/nano.json"], "{ \"name\": \"nano\" }", Cancellation);
        var error = await Assert.ThrowsAsync<InvalidDataException>(() => _store.ReadSweepAsync("nano", Cancellation));
        Assert.Contains("sweeps/nano.json: expected a SweepSpec as JSON", error.Message, StringComparison.Ordinal);
    }
}
