using System.Collections.Concurrent;
using Orleans.Core.Internal;
using Orleans.Runtime;
using PythiaOrleans.Cluster.Contracts;
using PythiaOrleans.Core.Ids;
using PythiaOrleans.Core.Sweeps;

namespace PythiaOrleans.Cluster.Tests;

/// <summary>Whole sweeps on one silo, from the client's side.</summary>
public sealed class SweepTests : IAsyncLifetime
{
    private readonly World _world = new();
    private TestCluster _cluster = null!;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => _cluster = await TestCluster.StartAsync(_world, 1, Token);

    public async ValueTask DisposeAsync() => await _cluster.DisposeAsync();

    [Fact]
    public async Task Sweep_OfGoodShards_RunsEachOnceAndWritesItsSeries()
    {
        var spec = World.Spec("good", 40, "pythia-14m", "pythia-70m");

        var ended = await _cluster.RunAsync(spec, Token);

        Assert.Equal((SweepState.Completed, 80, 0, 80, 0), (ended.State, ended.Total, ended.AlreadyDone, ended.Done, ended.Running));
        Assert.Equal([("pythia-14m", 40), ("pythia-70m", 40)], ended.Models.Select(model => (model.Model, model.Done)));
        Assert.Equal(800, ended.BytesRead);
        Assert.Null(ended.Problem);
        Assert.Equal(spec.Checkpoints().Order(), _world.Runs.Select(run => run.Task.Checkpoint).Order());
        Assert.Equal("pythia-70m", _world.Runs.First().Task.Checkpoint.Model);
        Assert.True(await _world.Blobs.ExistsAsync("series/good/moments.parquet", Token));
        Assert.True(await _world.Blobs.ExistsAsync("series/good/distance.parquet", Token));
    }

    [Fact]
    public async Task Sweep_StartedAgain_ComputesNothing()
    {
        var spec = World.Spec("twice", 30);
        await _cluster.RunAsync(spec, Token);

        var again = await _cluster.RunAsync(spec, Token);
        await using var other = await TestCluster.StartAsync(_world, 1, Token);
        var elsewhere = await other.RunAsync(spec, Token);

        Assert.Equal((SweepState.Completed, 30, 30), (again.State, again.AlreadyDone, again.Done));
        Assert.Equal((SweepState.Completed, 30, 30), (elsewhere.State, elsewhere.AlreadyDone, elsewhere.Done));
        Assert.Equal(30, _world.RunsOf("twice"));
    }

    [Fact]
    public async Task Sweep_StartedByTwoClientsAtOnce_RunsEachShardOnce()
    {
        var spec = World.Spec("race", 30);

        await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => _cluster.Sweep("race").StartAsync(spec)));
        await _cluster.UntilEndedAsync("race", Token);

        Assert.Equal(30, _world.RunsOf("race"));
    }

    [Fact]
    public async Task Sweep_OfAnotherSpecUnderTheSameName_IsRefused()
    {
        await _cluster.RunAsync(World.Spec("taken", 3), Token);

        var error = await Assert.ThrowsAsync<ArgumentException>(() => _cluster.Sweep("taken").StartAsync(World.Spec("taken", 4)));

        Assert.Contains("'taken'", error.Message, StringComparison.Ordinal);
        Assert.Contains("3 steps", error.Message, StringComparison.Ordinal);
        Assert.Contains("4 steps", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Shard_ThatFailsForAWhile_IsRetriedAndCompletes()
    {
        var tries = new ConcurrentDictionary<CheckpointId, int>();
        _world.Sweeps["flaky"] = (_, task, _) =>
        {
            if (task.Checkpoint.Step % 5 == 0 && tries.AddOrUpdate(task.Checkpoint, 1, (_, before) => before + 1) <= 2)
            {
                throw new ShardException(task.Checkpoint.Step == 0 ? FailureKind.Transient : FailureKind.Infrastructure, "away");
            }
        };

        var ended = await _cluster.RunAsync(World.Spec("flaky", 20), Token);

        Assert.Equal((SweepState.Completed, 20, 0), (ended.State, ended.Done, ended.Quarantined));
        Assert.Equal(20 + (4 * 2), _world.RunsOf("flaky"));
    }

    [Fact]
    public async Task Shard_ThatKeepsFailing_IsGivenUpAfterTheSpecsAttempts()
    {
        _world.Sweeps["stubborn"] = (_, task, _) =>
        {
            if (task.Checkpoint.Step == 3)
            {
                throw new ShardException(FailureKind.Transient, "out of memory");
            }
        };

        var ended = await _cluster.RunAsync(World.Spec("stubborn", 5) with { MaxAttempts = 4 }, Token);

        Assert.Equal((SweepState.CompletedWithFailures, 4, 1), (ended.State, ended.Done, ended.Quarantined));
        Assert.Equal(4, _world.Runs.Count(run => run.Task.Checkpoint.Step == 3));
        var failure = Assert.Single(await _cluster.Sweep("stubborn").GetFailuresAsync(0, 10));
        Assert.Equal((3, 4, "out of memory"), (failure.Checkpoint.Step, failure.Attempts, failure.Message));
    }

    [Fact]
    public async Task Shard_ThatIsCorrupt_IsQuarantinedAndResumeRunsExactlyIt()
    {
        var isRepaired = false;
        _world.Sweeps["corrupt"] = (_, task, _) =>
        {
            if (!Volatile.Read(ref isRepaired) && task.Checkpoint.Step is 4 or 7)
            {
                throw new ShardException(FailureKind.Permanent, "header is no JSON");
            }
        };
        var broken = await _cluster.RunAsync(World.Spec("corrupt", 10), Token);
        var stored = await _world.Store.ReadFailuresAsync("corrupt", Token);
        var runs = _world.RunsOf("corrupt");

        Volatile.Write(ref isRepaired, true);
        await _cluster.Sweep("corrupt").ResumeAsync();
        var resumed = await _cluster.UntilEndedAsync("corrupt", Token);

        Assert.Equal((SweepState.CompletedWithFailures, 8, 2), (broken.State, broken.Done, broken.Quarantined));
        Assert.Equal([4, 7], stored.Select(failure => failure.Checkpoint.Step));
        Assert.Equal(10, runs);
        Assert.Equal((SweepState.Completed, 10, 0), (resumed.State, resumed.Done, resumed.Quarantined));
        Assert.Equal([4, 7], _world.Runs.Skip(10).Select(run => run.Task.Checkpoint.Step).Order());
        Assert.Empty(await _world.Store.ReadFailuresAsync("corrupt", Token));
    }

    [Fact]
    public async Task Sweep_Paused_StartsNothingMoreUntilResumed()
    {
        using var gate = new ManualResetEventSlim();
        _world.Sweeps["paused"] = (_, _, cancel) => gate.Wait(cancel);
        await _cluster.Sweep("paused").StartAsync(World.Spec("paused", 30));
        await _cluster.UntilAsync("paused", progress => progress.State == SweepState.Running && progress.Running == 6, Token);

        await _cluster.Sweep("paused").PauseAsync();
        gate.Set();
        // No lease is left before the last end is recorded.
        var paused = await _cluster.UntilAsync("paused", progress => progress is { Running: 0, Done: >= 6 }, Token);
        await _cluster.RunAsync(World.Spec("beside", 5), Token); // the workers are idle: another sweep gets them
        var still = await _cluster.Sweep("paused").GetProgressAsync();

        Assert.Equal((SweepState.Paused, 6), (paused.State, paused.Done)); // what was leased before the pause ends as usual
        Assert.Equal(6, still.Done);
        await _cluster.Sweep("paused").ResumeAsync();
        var ended = await _cluster.UntilEndedAsync("paused", Token);
        Assert.Equal((SweepState.Completed, 30), (ended.State, ended.Done));
        Assert.Equal(30, _world.RunsOf("paused"));
    }

    /// <summary>Whoever waits for the end asks again after the coordinator's silo died, and must not wait for ever.</summary>
    [Theory]
    [InlineData(false, SweepState.Completed)]
    [InlineData(true, SweepState.CompletedWithFailures)]
    public async Task Sweep_WhoseCoordinatorForgotTheEnd_HasEndedAllTheSame(bool fails, SweepState state)
    {
        var name = $"over-{fails}".ToLowerInvariant();
        _world.Sweeps[name] = (_, task, _) =>
        {
            if (fails && task.Checkpoint.Step == 1)
            {
                throw new ShardException(FailureKind.Permanent, "corrupt");
            }
        };
        await _cluster.RunAsync(World.Spec(name, 4), Token);

        await _cluster.Sweep(name).AsReference<IGrainManagementExtension>().DeactivateOnIdle(Token);
        // A new activation counts what the store holds.
        var progress = await _cluster.UntilAsync(name, progress => progress.AlreadyDone > 0, Token);

        Assert.Equal((state, true), (progress.State, progress.HasEnded));
    }

    [Fact]
    public async Task Sweep_ExtendedWhileItRuns_ComputesWhatIsNewAndNothingTwice()
    {
        using var gate = new ManualResetEventSlim();
        _world.Sweeps["grows"] = (_, _, cancel) => gate.Wait(cancel);
        var whole = World.Spec("grows", 12, "pythia-14m", "pythia-70m");
        var small = whole with { Models = ["pythia-14m"], Analyses = [whole.Analyses[0]] };
        await _cluster.Sweep("grows").StartAsync(small);
        await _cluster.UntilAsync("grows", progress => progress.Running == 6, Token);

        await _cluster.Sweep("grows").ExtendAsync(whole);
        gate.Set();
        var ended = await _cluster.UntilEndedAsync("grows", Token);

        Assert.Equal((SweepState.Completed, 24, 24), (ended.State, ended.Total, ended.Done));
        var stored = await _world.Store.ListAsync("pythia-14m", Token);
        Assert.Equal(24, stored.Count(key => whole.Analyses.Contains(key.Analysis)));
        Assert.InRange(_world.RunsOf("grows"), 24, 24 + 12); // the first model may come back for the analysis that was added
        var refused = await Assert.ThrowsAsync<ArgumentException>(() => _cluster.Sweep("grows").ExtendAsync(small));
        Assert.Contains("a sweep only grows", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Upgrade_OfAFinishedSweep_ComputesTheNewVersionsAndKeepsTheOldResults()
    {
        var older = World.Spec("grown-old", 12);
        await _cluster.RunAsync(older, Token);
        AnalysisId[] newer = [older.Analyses[0], AnalysisId.Create("distance", 2, new Dictionary<string, string>())];
        var spec = older with { Analyses = newer };
        var start = await Assert.ThrowsAsync<ArgumentException>(() => _cluster.Sweep("grown-old").StartAsync(spec));
        Assert.Contains("pythia resume grown-old --upgrade", start.Message, StringComparison.Ordinal);
        await Assert.ThrowsAsync<ArgumentException>(() => _cluster.Sweep("grown-old").UpgradeAsync(spec with { Steps = [0, 1] }));

        await _cluster.Sweep("grown-old").UpgradeAsync(spec);
        var ended = await _cluster.UntilEndedAsync("grown-old", Token);

        Assert.Equal((SweepState.Completed, 12, 12), (ended.State, ended.Total, ended.Done));
        Assert.Equal(24, _world.RunsOf("grown-old"));
        Assert.Equal(newer, (await _world.Store.FindSweepAsync("grown-old", Token)).Analyses);
        var stored = await _world.Store.ListAsync("pythia-14m", Token);
        Assert.All(older.Analyses.Union(newer), analysis => Assert.Equal(12, stored.Count(key => key.Analysis == analysis)));
        Assert.All(_world.Computed, computed => Assert.Equal(1, computed.Value));
    }

    [Fact]
    public async Task Upgrade_OfASweepThatRuns_IsRefused()
    {
        using var gate = new ManualResetEventSlim();
        _world.Sweeps["busy"] = (_, _, cancel) => gate.Wait(cancel);
        var spec = World.Spec("busy", 6);
        await _cluster.Sweep("busy").StartAsync(spec);
        await _cluster.UntilAsync("busy", progress => progress.Running > 0, Token);
        var newer = spec with { Analyses = [spec.Analyses[0], AnalysisId.Create("distance", 2, new Dictionary<string, string>())] };

        var refused = await Assert.ThrowsAsync<InvalidOperationException>(() => _cluster.Sweep("busy").UpgradeAsync(newer));

        Assert.Contains("pythia cancel busy", refused.Message, StringComparison.Ordinal);
        gate.Set();
        await _cluster.UntilEndedAsync("busy", Token);
    }

    [Fact]
    public async Task Results_ThatTheStoreLost_AreComputedAgainBeforeTheSweepEnds()
    {
        _world.Blobs.LosesFirst = name => name.StartsWith("results/pythia-14m/step3/", StringComparison.Ordinal)
            && name.EndsWith(".parquet", StringComparison.Ordinal);

        var ended = await _cluster.RunAsync(World.Spec("lossy", 6), Token);

        Assert.Equal((SweepState.Completed, 6, 0), (ended.State, ended.Done, ended.Quarantined));
        Assert.Equal(7, _world.RunsOf("lossy"));
    }

    [Fact]
    public async Task Shard_Retried_RunsAloneAndTheMapShowsIt()
    {
        var broken = true;
        _world.Sweeps["mapped"] = (_, task, _) =>
        {
            if (Volatile.Read(ref broken) && task.Checkpoint.Step is 1 or 2)
            {
                throw new ShardException(FailureKind.Permanent, "corrupt");
            }
        };
        await _cluster.RunAsync(World.Spec("mapped", 4), Token);
        Assert.Equal("dqqd", Assert.Single(await _cluster.Sweep("mapped").GetMapAsync()).States);

        Volatile.Write(ref broken, false);
        Assert.False(await _cluster.Sweep("mapped").RetryAsync(new CheckpointId("pythia-14m", 3)));
        _world.Sweeps["mapped"] = (_, _, _) => { };
        Assert.True(await _cluster.Sweep("mapped").RetryAsync(new CheckpointId("pythia-14m", 2)));
        await _cluster.UntilEndedAsync("mapped", Token);

        Assert.Equal("dqdd", Assert.Single(await _cluster.Sweep("mapped").GetMapAsync()).States);
        Assert.Equal(5, _world.RunsOf("mapped"));
    }

    [Fact]
    public async Task Sweep_Cancelled_StopsWhatRunsAndCanBeStartedAgain()
    {
        using var gate = new ManualResetEventSlim();
        using var stopped = new CountdownEvent(2);
        _world.Sweeps["cancelled"] = (_, _, cancel) =>
        {
            try
            {
                gate.Wait(cancel);
            }
            catch (OperationCanceledException)
            {
                stopped.Signal();
                throw;
            }
        };
        var spec = World.Spec("cancelled", 30);
        await _cluster.Sweep("cancelled").StartAsync(spec);
        await _cluster.UntilAsync("cancelled", progress => progress.Running == 6 && _world.RunsOf("cancelled") == 2, Token);

        await _cluster.Sweep("cancelled").CancelAsync();
        var cancelled = await _cluster.Sweep("cancelled").GetProgressAsync();

        Assert.Equal((SweepState.Cancelled, 0, 30), (cancelled.State, cancelled.Done, cancelled.Cancelled));
        Assert.True(stopped.Wait(TimeSpan.FromSeconds(20), Token), "the running tasks were not stopped");
        gate.Set();
        var ended = await _cluster.RunAsync(spec, Token);
        Assert.Equal((SweepState.Completed, 30, 0), (ended.State, ended.Done, ended.Cancelled));
    }

    [Fact]
    public async Task Store_ThatRefusesFailureRecords_DelaysTheSweepOnly()
    {
        var refused = 0;
        _world.Blobs.BeforeWrite = name =>
        {
            if (name.Contains("/failures/", StringComparison.Ordinal) && Interlocked.Increment(ref refused) <= 2)
            {
                throw new IOException("the store is away");
            }
        };
        _world.Sweeps["refused"] = (_, task, _) =>
        {
            if (task.Checkpoint.Step == 1)
            {
                throw new ShardException(FailureKind.Permanent, "corrupt");
            }
        };

        var ended = await _cluster.RunAsync(World.Spec("refused", 6), Token);

        Assert.Equal((SweepState.CompletedWithFailures, 5, 1), (ended.State, ended.Done, ended.Quarantined));
        Assert.Single(await _world.Store.ReadFailuresAsync("refused", Token));
    }

    [Fact]
    public async Task Series_ThatCannotBeWritten_IsAProblemNotAHang()
    {
        _world.Blobs.BeforeWrite = name =>
        {
            if (name.StartsWith("series/", StringComparison.Ordinal))
            {
                throw new IOException("the store refuses series");
            }
        };

        var ended = await _cluster.RunAsync(World.Spec("unreadable", 3), Token);

        Assert.Equal((SweepState.Completed, 3), (ended.State, ended.Done));
        Assert.Contains("series unreadable/", ended.Problem, StringComparison.OrdinalIgnoreCase);
    }
}
