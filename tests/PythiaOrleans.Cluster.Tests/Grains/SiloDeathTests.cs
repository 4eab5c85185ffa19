using PythiaOrleans.Cluster.Contracts;
using PythiaOrleans.Core.Sweeps;

namespace PythiaOrleans.Cluster.Tests;

public sealed class SiloDeathTests
{
    /// <summary>
    /// The first silo holds dispatcher and coordinator or the second does: both must be survivable, so each is killed once.
    /// </summary>
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public async Task Silo_KilledWhileItComputes_LosesNothing(int victim)
    {
        var token = TestContext.Current.CancellationToken;
        var world = new World();
        await using var cluster = await TestCluster.StartAsync(world, 2, token);
        var doomed = cluster.Silos.Silos[victim];
        var name = doomed.SiloAddress.ToParsableString();
        using var over = new ManualResetEventSlim();
        using var computing = new CountdownEvent(2);
        world.Sweeps["survivor"] = (silo, _, _) =>
        {
            if (silo != name)
            {
                computing.Wait(TimeSpan.FromSeconds(30), token); // or it would have done everything before the doomed one begins
            }
            else
            {
                computing.Signal();
                over.Wait(TimeSpan.FromSeconds(120), CancellationToken.None); // a dead machine does not answer to cancellation
                throw new ShardException(FailureKind.Transient, "computed by the dead");
            }
        };

        var spec = World.Spec("survivor", 60);
        await cluster.Sweep("survivor").StartAsync(spec);
        Assert.True(computing.Wait(TimeSpan.FromSeconds(30), token), "the doomed silo never got a task");
        await cluster.UntilAsync("survivor", progress => progress.Done >= 50, token);
        await cluster.Silos.KillSiloAsync(doomed, token);
        await cluster.StartAfterDeathAsync(spec, token);
        var ended = await cluster.UntilEndedAsync("survivor", token);
        var runs = world.Runs.ToArray();
        over.Set();

        Assert.Equal((SweepState.Completed, 60, 0), (ended.State, ended.Done, ended.Quarantined));
        Assert.Equal(2, runs.Count(run => run.Silo == name));
        Assert.Equal(62, runs.Length);
    }

    [Fact]
    public async Task Cluster_KilledAsAWhole_GoesOnWithoutBeingStartedAgain()
    {
        var token = TestContext.Current.CancellationToken;
        var world = new World();
        var reminders = new SharedReminderTable();
        using var over = new ManualResetEventSlim();
        using var computing = new CountdownEvent(2);
        world.Sweeps["whole"] = (_, task, _) =>
        {
            if (task.Checkpoint.Step >= 10 && !computing.IsSet)
            {
                computing.Signal();
                over.Wait(TimeSpan.FromSeconds(120), CancellationToken.None);
                throw new ShardException(FailureKind.Transient, "computed by the dead");
            }
        };

        await using (var first = await TestCluster.StartAsync(world, 1, token, reminders))
        {
            await first.Sweep("whole").StartAsync(World.Spec("whole", 30));
            Assert.True(computing.Wait(TimeSpan.FromSeconds(30), token), "nothing was computed");
            await first.Silos.KillSiloAsync(first.Silos.Silos[0], token);
        }

        var runningSweeps = reminders.Count;
        await using var second = await TestCluster.StartAsync(world, 1, token, reminders);
        var ended = await second.UntilEndedAsync("whole", token); // only asks, never starts
        over.Set();

        Assert.Equal(1, runningSweeps);
        Assert.Equal((SweepState.Completed, 30, 0), (ended.State, ended.Done, ended.Quarantined));
        Assert.Equal(0, reminders.Count);
    }

    /// <summary>A silo that dies right after the answer would take along that the sweep runs.</summary>
    [Fact]
    public async Task Start_IsAnsweredWhenTheReminderIsWritten()
    {
        var token = TestContext.Current.CancellationToken;
        var (asked, written) = (new TaskCompletionSource(), new TaskCompletionSource());
        var reminders = new SharedReminderTable
        {
            Writing = () =>
            {
                asked.TrySetResult();
                return written.Task;
            },
        };
        await using var cluster = await TestCluster.StartAsync(new World(), 1, token, reminders);

        var start = cluster.Sweep("marked").StartAsync(World.Spec("marked", 1));
        await asked.Task.WaitAsync(token);
        await Task.WhenAny(start, Task.Delay(TimeSpan.FromSeconds(1), token)); // an answer that does not wait for it would come by now
        var isAnsweredBefore = start.IsCompleted;
        written.SetResult();
        await start;

        Assert.False(isAnsweredBefore);
    }

    [Fact]
    public async Task Start_WhoseReminderIsRefused_SaysSoAndCanBeAskedAgain()
    {
        var token = TestContext.Current.CancellationToken;
        var reminders = new SharedReminderTable { Writing = () => Task.FromException(new InvalidDataException("The table is away.")) };
        await using var cluster = await TestCluster.StartAsync(new World(), 1, token, reminders);

        var error = await Assert.ThrowsAsync<OrleansException>(() => cluster.Sweep("refused").StartAsync(World.Spec("refused", 3)));
        reminders.Writing = () => Task.CompletedTask;
        await cluster.Sweep("refused").StartAsync(World.Spec("refused", 3));
        var ended = await cluster.UntilEndedAsync("refused", token);

        Assert.Contains("cannot be marked as running", error.Message, StringComparison.Ordinal);
        Assert.Contains("The table is away.", error.Message, StringComparison.Ordinal);
        Assert.Equal((SweepState.Completed, 3), (ended.State, ended.Done));
    }

    [Fact]
    public async Task Silo_StoppedWhileItComputes_HandsItsTasksBackUncharged()
    {
        var token = TestContext.Current.CancellationToken;
        var world = new World();
        await using var cluster = await TestCluster.StartAsync(world, 2, token);
        var leaving = cluster.Silos.Silos[1];
        var name = leaving.SiloAddress.ToParsableString();
        using var computing = new CountdownEvent(2);
        world.Sweeps["handed"] = (silo, _, cancel) =>
        {
            if (silo != name)
            {
                computing.Wait(TimeSpan.FromSeconds(30), token); // or it would have done everything before the leaving one begins
            }
            else
            {
                computing.Signal();
                cancel.WaitHandle.WaitOne(TimeSpan.FromSeconds(60));
                cancel.ThrowIfCancellationRequested();
            }
        };

        await cluster.Sweep("handed").StartAsync(World.Spec("handed", 60));
        Assert.True(computing.Wait(TimeSpan.FromSeconds(30), token), "the leaving silo never got a task");
        await cluster.Silos.StopSiloAsync(leaving, token);
        var spec = World.Spec("handed", 60);
        // Without a durable reminder a coordinator that left with its silo waits for a client.
        await cluster.Sweep("handed").StartAsync(spec);
        var ended = await cluster.UntilEndedAsync("handed", token);

        Assert.Equal((SweepState.Completed, 60, 0), (ended.State, ended.Done, ended.Quarantined));
        Assert.Equal(62, world.Runs.Count);
    }

    /// <summary>
    /// A task whose worker died is started only after the dispatcher knows that it runs: else a task that kills at once would never be
    /// found.
    /// </summary>
    [Fact]
    public async Task Suspect_IsAnnouncedBeforeItStarts()
    {
        var token = TestContext.Current.CancellationToken;
        var world = new World();
        await using var cluster = await TestCluster.StartAsync(world, 2, token);
        var dispatcher = cluster.Silos.Client.GetGrain<IDispatcherGrain>(IDispatcherGrain.Key);
        await dispatcher.GetWorkersAsync();
        var home = await cluster.Silos.Client.GetGrain<IManagementGrain>(0).GetActivationAddress(dispatcher, token);
        var other = cluster.Silos.Silos.Single(silo => silo.SiloAddress.Equals(home)); // a dispatcher that dies forgets who ran what
        var doomed = cluster.Silos.Silos.Single(silo => !silo.SiloAddress.Equals(home));
        var (doomedName, otherName) = (doomed.SiloAddress.ToParsableString(), other.SiloAddress.ToParsableString());
        var suspects = new System.Collections.Concurrent.ConcurrentDictionary<TaskId, bool>();
        using var over = new ManualResetEventSlim();
        using var computing = new CountdownEvent(2);
        world.Sweeps["suspect"] = (silo, task, _) =>
        {
            if (silo == doomedName)
            {
                suspects[task] = false;
                computing.Signal();
                over.Wait(TimeSpan.FromSeconds(120), CancellationToken.None);
                throw new ShardException(FailureKind.Transient, "computed by the dead");
            }

            computing.Wait(TimeSpan.FromSeconds(30), token);
            if (suspects.ContainsKey(task))
            {
                var workers = dispatcher.GetWorkersAsync().GetAwaiter().GetResult();
                suspects[task] = workers.Single(worker => worker.Worker == otherName).Running.Contains(task);
            }
        };

        await cluster.Sweep("suspect").StartAsync(World.Spec("suspect", 30));
        Assert.True(computing.Wait(TimeSpan.FromSeconds(30), token), "the doomed silo never got a task");
        await cluster.UntilWorkersAsync(workers => workers.Any(worker => worker.Worker == doomedName && worker.Running.Count == 2), token);
        await cluster.Silos.KillSiloAsync(doomed, token);
        await cluster.StartAfterDeathAsync(World.Spec("suspect", 30), token);
        await cluster.UntilEndedAsync("suspect", token);
        over.Set();

        Assert.Equal(2, suspects.Count);
        Assert.All(suspects, suspect => Assert.True(suspect.Value, $"{suspect.Key} was started before the dispatcher knew"));
    }
}
