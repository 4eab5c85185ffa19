using System.Collections.Concurrent;
using System.Diagnostics;
using Orleans.Core.Internal;
using Orleans.Runtime;
using PythiaOrleans.Cluster.Contracts;
using PythiaOrleans.Core.Sweeps;

namespace PythiaOrleans.Cluster.Tests;

/// <summary>What users order outlives the silo that took the order.</summary>
public sealed class OrderTests : IAsyncLifetime
{
    private readonly World _world = new();
    private readonly SharedReminderTable _reminders = new();
    private TestCluster _cluster = null!;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => _cluster = await TestCluster.StartAsync(_world, 1, Token, _reminders);

    public async ValueTask DisposeAsync() => await _cluster.DisposeAsync();

    /// <summary>A task that ended used to wake the coordinator elsewhere, and the sweep went on by itself.</summary>
    [Fact]
    public async Task Pause_OutlivesTheCoordinator()
    {
        using var gate = new ManualResetEventSlim();
        _world.Sweeps["paused"] = (_, _, cancel) => gate.Wait(cancel);
        await _cluster.Sweep("paused").StartAsync(World.Spec("paused", 20));
        await _cluster.UntilAsync("paused", progress => progress.Running == 6, Token);
        await _cluster.Sweep("paused").PauseAsync();
        await _cluster.Sweep("paused").AsReference<IGrainManagementExtension>().DeactivateOnIdle(Token);
        gate.Set();

        var after = await _cluster.UntilAsync("paused", progress => progress.Done == 6, Token);
        await _cluster.RunAsync(World.Spec("beside", 5), Token); // the workers are idle: another sweep gets them
        var still = await _cluster.Sweep("paused").GetProgressAsync();

        Assert.Equal(SweepState.Paused, after.State);
        Assert.Equal((SweepState.Paused, 6), (still.State, still.Done));
        await _cluster.Sweep("paused").ResumeAsync();
        var ended = await _cluster.UntilEndedAsync("paused", Token);
        Assert.Equal((SweepState.Completed, 20), (ended.State, ended.Done));
    }

    [Theory]
    [InlineData(true, SweepState.Paused)]
    [InlineData(false, SweepState.Cancelled)]
    public async Task Order_OutlivesTheCluster(bool isPause, SweepState state)
    {
        using var gate = new ManualResetEventSlim();
        _world.Sweeps["stopped"] = (_, _, cancel) => gate.Wait(cancel);
        var sweep = _cluster.Sweep("stopped");
        await sweep.StartAsync(World.Spec("stopped", 20));
        await _cluster.UntilAsync("stopped", progress => progress.Running == 6, Token);
        await (isPause ? sweep.PauseAsync() : sweep.CancelAsync());
        var order = await _world.Store.ReadOrderAsync("stopped", Token);
        await _cluster.Silos.KillSiloAsync(_cluster.Silos.Silos[0], Token);
        gate.Set();

        await using var second = await TestCluster.StartAsync(_world, 1, Token, _reminders);
        var progress = await second.Sweep("stopped").GetProgressAsync();

        Assert.Equal(isPause ? SweepOrderKind.Paused : SweepOrderKind.Cancelled, order!.Order);
        Assert.Equal(state, progress.State);
        Assert.Equal(0, _reminders.Count);
        Assert.Equal(20, progress.Done + progress.Cancelled + (isPause ? 20 - progress.Done : 0));
        await second.Sweep("stopped").ResumeAsync();
        Assert.Equal(SweepState.Completed, (await second.UntilEndedAsync("stopped", Token)).State);
        Assert.Equal(["stopped"], await _world.Store.ListSweepsAsync(Token));
    }

    [Fact]
    public async Task Order_ThatTheStoreRefuses_IsNotAnswered()
    {
        using var gate = new ManualResetEventSlim();
        _world.Sweeps["refused"] = (_, _, cancel) => gate.Wait(cancel);
        await _cluster.Sweep("refused").StartAsync(World.Spec("refused", 10));
        await _cluster.UntilAsync("refused", progress => progress.Running == 6, Token);
        _world.Blobs.BeforeWrite = name =>
        {
            if (name.EndsWith(".state.json", StringComparison.Ordinal))
            {
                throw new IOException("the store is away");
            }
        };

        await Assert.ThrowsAsync<IOException>(_cluster.Sweep("refused").PauseAsync);
        gate.Set();

        Assert.Equal(SweepState.Completed, (await _cluster.UntilEndedAsync("refused", Token)).State);
    }

    [Fact]
    public async Task Priority_OfASweepThatIsRunAgain_IsStored()
    {
        var spec = World.Spec("again", 2);
        await _cluster.RunAsync(spec, Token);

        await _cluster.RunAsync(spec with { Priority = 7, MaxAttempts = 9 }, Token);

        var stored = await _world.Store.ReadSweepAsync("again", Token);
        Assert.Equal((7, 9), (stored!.Priority, stored.MaxAttempts));
    }

    /// <summary>The common pairs of two sweeps that run at the same time are computed once, the others too.</summary>
    [Fact]
    public async Task Sweeps_WithCommonPairs_ComputeEachOnce()
    {
        var one = World.Spec("one", 60);
        var two = one with
        {
            Name = "two",
            Steps = [.. Enumerable.Range(30, 60)],
            Analyses = [one.Analyses[0], World.Spec("two", 1).Analyses[0]],
            ReferenceStep = 30
        };

        await Task.WhenAll(_cluster.Sweep("one").StartAsync(one), _cluster.Sweep("two").StartAsync(two));
        var ended = await Task.WhenAll(_cluster.UntilEndedAsync("one", Token), _cluster.UntilEndedAsync("two", Token));

        Assert.All(ended, progress => Assert.Equal((SweepState.Completed, 60), (progress.State, progress.Done)));
        Assert.Equal((60 * 2) + (60 * 2) - 30, _world.Computed.Count);
        Assert.All(_world.Computed, result => Assert.Equal(1, result.Value));
    }

    [Fact]
    public async Task Results_ThatTheStoreKeepsLosing_AreGivenUpWithASentence()
    {
        _world.Blobs.Loses = name => name.StartsWith("results/pythia-14m/step1/", StringComparison.Ordinal)
            && name.EndsWith(".parquet", StringComparison.Ordinal);

        var ended = await _cluster.RunAsync(World.Spec("losing", 3), Token);

        Assert.Equal((SweepState.CompletedWithFailures, 2, 1), (ended.State, ended.Done, ended.Quarantined));
        var failure = Assert.Single(await _cluster.Sweep("losing").GetFailuresAsync(0, 10));
        Assert.Contains("the store does not hold it", failure.Message, StringComparison.Ordinal);
    }

    /// <summary>A silo whose disk is full fails every task in no time, and would take them all from the others, again and again.</summary>
    [Fact]
    public async Task Worker_WhoseTasksAllFail_AsksMoreAndMoreSeldom()
    {
        const int Fetched = 6; // two slots, two tasks fetched ahead for each
        const int Unpunished = Fetched + 2; // as many failures as there are slots are no reason to wait
        var starts = new ConcurrentQueue<long>();
        _world.Sweeps["failing"] = (_, _, _) =>
        {
            starts.Enqueue(Stopwatch.GetTimestamp());
            if (starts.Count <= Unpunished)
            {
                throw new ShardException(FailureKind.Infrastructure, "the disk is full");
            }
        };

        await _cluster.RunAsync(World.Spec("failing", 20), Token);

        var order = starts.Order().ToArray();
        var came = Stopwatch.GetElapsedTime(order[0], order[Unpunished]);
        Assert.True(came > TimeSpan.FromSeconds(0.9), $"task {Unpunished + 1} came {came} after the first");
    }

    /// <summary>It used to be asked again and again until Orleans gave the silo up, half a minute later.</summary>
    [Fact]
    public async Task Report_ThatCannotBeJudged_DoesNotHoldUpTheEndOfTheLastSilo()
    {
        var tries = 0;
        _world.Sweeps["unjudged"] = (_, _, _) => throw new ShardException(FailureKind.Transient, "out of memory");
        _world.Blobs.BeforeWrite = name =>
        {
            if (name.StartsWith("sweeps/unjudged/attempts/", StringComparison.Ordinal))
            {
                Interlocked.Increment(ref tries);
                throw new IOException("the disk is full");
            }
        };
        await _cluster.Sweep("unjudged").StartAsync(World.Spec("unjudged", 3));
        while (Volatile.Read(ref tries) < 4)
        {
            await Task.Delay(20, Token);
        }

        await _cluster.Silos.StopSiloAsync(_cluster.Silos.Silos[0], Token).WaitAsync(TimeSpan.FromSeconds(25), Token);
    }

    [Fact]
    public async Task Attempts_AreForgottenWhenTheSweepHasEnded()
    {
        var failed = 0;
        _world.Sweeps["history"] = (_, task, _) =>
        {
            if (task.Checkpoint.Step == 1 && Interlocked.Increment(ref failed) <= 2)
            {
                throw new ShardException(FailureKind.Transient, "out of memory");
            }
        };
        var histories = 0;
        _world.Blobs.BeforeWrite = name => histories += name.StartsWith("sweeps/history/attempts/", StringComparison.Ordinal) ? 1 : 0;

        await _cluster.RunAsync(World.Spec("history", 3), Token);

        Assert.Equal(2, histories);
        Assert.Empty(await _world.Store.ReadHistoriesAsync("history", Token));
    }
}
