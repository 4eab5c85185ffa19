using System.Globalization;
using System.Text.Json;
using PythiaOrleans.Testing;

namespace PythiaOrleans.EndToEnd.Tests;

/// <summary>One fault each, in a cluster of real processes.</summary>
public sealed class ClusterFaultTests
{
    private static readonly TimeSpan WakeLimit = TimeSpan.FromSeconds(90);

    /// <summary>How often Redis is killed: <c>PYTHIA_REDIS_KILLS</c>, for long runs; a few times in the suite.</summary>
    private static readonly int RedisKills = int.Parse(
        Environment.GetEnvironmentVariable("PYTHIA_REDIS_KILLS") ?? "3", CultureInfo.InvariantCulture);

    [Fact]
    public async Task Redis_KilledAndRestarted_IsNotNoticedByTheSweep()
    {
        using var suite = new TinySuite(steps: 40);
        var calm = await ClusterFixture.UndisturbedAsync(suite);
        await using var bed = await ClusterFixture.StartAsync(suite, workers: 2);
        var random = new Random(RedisKills);
        int[] absences = RedisKills == 3 ? [1, 4, 2] : [.. Enumerable.Range(0, RedisKills).Select(_ => random.Next(1, 31))];
        bed.Slow(Math.Max(200, 2 * absences.Sum() * 2 * 1000 / suite.Shards)); // so that two workers outlast them all
        using var sweep = bed.StartSweep();
        foreach (var seconds in absences)
        {
            Assert.False(sweep.Process.HasExited, "the sweep ended before Redis was killed as often as it should");
            var before = StoreFiles.CountResults(bed.Store);
            await Servers.UntilAsync(() => StoreFiles.CountResults(bed.Store) > before, () => $"a further result. {bed.Log}");
            bed.Redis.Kill();
            await Task.Delay(TimeSpan.FromSeconds(seconds), TestContext.Current.CancellationToken);
            await bed.Redis.StartAsync();
        }

        var code = await bed.EndOfAsync(sweep);

        Assert.True(code == 0, sweep.Errors + bed.Log);
        Assert.Equal(calm, StoreFiles.Digests(bed.Store));
        Assert.All(bed.Silos, silo => Assert.Equal(1, silo.Lives));
    }

    [Fact]
    public async Task Redis_Emptied_StopsTheSilosLoudlyAndOneCommandResumes()
    {
        using var suite = new TinySuite(steps: 30);
        var calm = await ClusterFixture.UndisturbedAsync(suite);
        await using var bed = await ClusterFixture.StartAsync(suite, workers: 2, persistentRedis: false);
        bed.Slow(200);
        using (var sweep = bed.StartSweep())
        {
            await bed.UntilSomeMoreResultsAsync();
            bed.Redis.Forget();
            await Servers.UntilAsync(() => bed.Silos.All(silo => silo.Current.Process.HasExited), () => $"the silos to stop. {bed.Log}");
        }

        Assert.All(bed.Silos, silo => Assert.Equal(1, silo.Current.Process.ExitCode));
        Assert.All(bed.Silos, silo => Assert.Contains("Redis no longer knows silo", silo.Log, StringComparison.Ordinal));
        var before = StoreFiles.Times(bed.Store);
        Assert.NotEmpty(before);

        // What a silo may write after Redis was emptied and before it leaves: that the coordinator lives on it, by a later membership than
        // the new one.
        bed.Redis.Set(
            "pythia/directory/sweep/tiny",
            """
            {"GrainId":"sweep/tiny","ActivationId":"@d428b8405ddf4c9499af0bb276852f55","SiloAddress":"127.0.0.1:1@154799423","MembershipVersion":1000}
            """);
        bed.Silos.ForEach(silo => silo.Start());
        await bed.UntilUpAsync();
        var (code, output, errors) = await bed.RunAsync("resume", "tiny");

        Assert.True(code == 0, output + errors + bed.Log);
        Assert.Equal(calm, StoreFiles.Digests(bed.Store));
        var after = StoreFiles.Times(bed.Store);
        Assert.All(before, result => Assert.Equal(result.Value, after[result.Key]));
    }

    [Fact]
    public async Task Silo_OnARedisThatForgets_DoesNotStart()
    {
        using var suite = new TinySuite(steps: 1);
        using var redis = new RedisServer(Path.Combine(suite.Folder, "redis"), persistent: false);
        await redis.StartAsync();

        var (code, _, errors) = await PythiaProcess.RunAsync(
            "silo", "--redis", redis.Connection, "--store", suite.Store("store"), "--http", "127.0.0.1:0");

        Assert.Equal(1, code);
        Assert.Contains("expected append-only persistence (appendonly yes), found it off", errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Task_ThatKillsItsWorker_IsQuarantinedAndTheRestCompletes()
    {
        using var suite = new TinySuite(steps: 10);
        await using var bed = await ClusterFixture.StartAsync(suite, workers: 3);
        bed.KeepAlive();
        bed.Slow(100);
        bed.SetFault("kill", "tiny-a@step50");
        using var sweep = bed.StartSweep();

        var code = await bed.EndOfAsync(sweep);

        Assert.True(code == 3, $"exit code {code}: {sweep.Errors}{bed.Log}");
        var failures = await bed.StatusAsync("tiny");
        var failure = Assert.Single(failures.RootElement.GetProperty("failures").EnumerateArray());
        Assert.Equal("tiny-a@step50", failure.GetProperty("checkpoint").GetString());
        Assert.Contains("the worker died 3 times", failure.GetProperty("message").GetString(), StringComparison.Ordinal);

        // Three deaths; a worker that dies together with the dispatcher's registration, before the dispatcher knew that it had begun, dies
        // uncharged.
        Assert.True(bed.Workers.Sum(worker => worker.Lives - 1) is >= 3 and <= 6, bed.Log);
        Assert.Equal((suite.Shards - 1) * TinySuite.Analyses, StoreFiles.CountResults(bed.Store));

        bed.ClearFault("kill", "tiny-a@step50");
        var (resumed, output, errors) = await bed.RunAsync("resume", "tiny");
        Assert.True(resumed == 0, output + errors);
        Assert.Equal(suite.Shards * TinySuite.Analyses, StoreFiles.CountResults(bed.Store));
    }

    [Fact]
    public async Task Cluster_KilledWholeAndStartedAgain_GoesOnByItself()
    {
        using var suite = new TinySuite(steps: 20);
        var calm = await ClusterFixture.UndisturbedAsync(suite);
        await using var bed = await ClusterFixture.StartAsync(suite, workers: 2);
        bed.Slow(200);
        var left = await bed.KillAndRestartAsync(WakeLimit);

        Assert.InRange(left, 1, calm.Count - 1);
        Assert.Equal(calm, StoreFiles.Digests(bed.Store));
    }

    [Fact]
    public async Task Sweep_PausedWhenItsCoordinatorDies_StaysPausedUntilItIsResumed()
    {
        using var suite = new TinySuite(steps: 20);
        await using var bed = await ClusterFixture.StartAsync(suite, workers: 1);
        bed.Slow(200);
        using var sweep = bed.StartSweep();
        await bed.UntilSomeMoreResultsAsync();
        var (paused, _, pauseErrors) = await bed.RunAsync("pause", "tiny");
        Assert.True(paused == 0, pauseErrors);

        bed.Silos[0].Kill();
        bed.Silos[0].Start();
        await bed.UntilUpAsync();
        await Servers.UntilAsync(async () => await bed.StateAsync("tiny") == "paused", () => $"the new coordinator's answer. {bed.Log}");
        Assert.False(sweep.Process.HasExited, $"who follows a paused sweep waits for it: {sweep.Errors}");
        Assert.True(StoreFiles.CountResults(bed.Store) < suite.Shards * TinySuite.Analyses);

        bed.Slow(0);
        var (resumed, output, errors) = await bed.RunAsync("resume", "tiny");
        Assert.True(resumed == 0, output + errors + bed.Log);
        Assert.Equal(suite.Shards * TinySuite.Analyses, StoreFiles.CountResults(bed.Store));
        var code = await bed.EndOfAsync(sweep);
        Assert.True(code == 0, $"exit code {code}: {sweep.Errors}{bed.Log}");
    }

    /// <summary>A paused sweep used to go on by itself when the silo of its coordinator left for its successor.</summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task ControlSilos_ReplacedOneAfterTheOther_KeepTheOrder(bool paused)
    {
        using var suite = new TinySuite(steps: 30);
        var calm = await ClusterFixture.UndisturbedAsync(suite);
        await using var bed = await ClusterFixture.StartAsync(suite, workers: 2, controls: 2);
        bed.Slow(300);
        using var sweep = bed.StartSweep();
        await bed.UntilSomeMoreResultsAsync();
        if (paused)
        {
            var (code, _, errors) = await bed.RunAsync("pause", "tiny");
            Assert.True(code == 0, errors);
        }

        foreach (var control in bed.Silos.Where(silo => silo.Role == "Control").ToArray())
        {
            control.Signal("TERM");
            await Servers.UntilAsync(() => control.Current.Process.HasExited, () => $"the old silo to leave. {control.Log}");
            control.Start();
            await bed.UntilUpAsync();
        }

        if (paused)
        {
            Assert.Equal("paused", await bed.StateAsync("tiny"));
            var held = StoreFiles.CountResults(bed.Store);
            Assert.InRange(held, 1, calm.Count - 1);
            await Task.Delay(TimeSpan.FromSeconds(3), TestContext.Current.CancellationToken); // ten tasks' time
            Assert.Equal(held, StoreFiles.CountResults(bed.Store));
            bed.Slow(0);
            var (resumed, output, problem) = await bed.RunAsync("resume", "tiny");
            Assert.True(resumed == 0, output + problem + bed.Log);
        }

        Assert.True(await bed.EndOfAsync(sweep) == 0, sweep.Errors + bed.Log);
        Assert.Equal(calm, StoreFiles.Digests(bed.Store));
    }

    /// <summary>The control plane used to ask the directory on workers, and one hung worker held up the books of all.</summary>
    [Fact]
    public async Task ControlSilo_Frozen_IsReplacedByTheOtherAndTheSweepGoesOn()
    {
        using var suite = new TinySuite(steps: 30);
        var calm = await ClusterFixture.UndisturbedAsync(suite);
        await using var bed = await ClusterFixture.StartAsync(suite, workers: 2, controls: 2);
        bed.Slow(200);
        using var sweep = bed.StartSweep();
        await bed.UntilSomeMoreResultsAsync();
        var frozen = bed.Silos[0];
        frozen.Signal("STOP");
        await bed.UntilSomeMoreResultsAsync();
        await bed.UntilSomeMoreResultsAsync();

        var code = await bed.EndOfAsync(sweep);
        frozen.Signal("CONT");

        Assert.True(code == 0, sweep.Errors + bed.Log);
        Assert.Equal(calm, StoreFiles.Digests(bed.Store));
        await Servers.UntilAsync(() => frozen.Current.Process.HasExited, () => $"the silo that hung to leave. {frozen.Log}");
        Assert.Equal(1, frozen.Current.Process.ExitCode);
    }

    /// <summary>A slot used to sit in a task that never ends until its silo was stopped.</summary>
    [Fact]
    public async Task Task_ThatNeverReturns_IsQuarantinedAndTheRestCompletes()
    {
        using var suite = new TinySuite(steps: 6);
        await using var bed = await ClusterFixture.StartAsync(suite, workers: 2, options: "Worker:StallLimit=00:00:05");
        bed.SetFault("hang", "tiny-a@step30");
        using var sweep = bed.StartSweep();

        var code = await bed.EndOfAsync(sweep);

        Assert.True(code == 3, $"exit code {code}: {sweep.Errors}{bed.Log}");
        using var status = await bed.StatusAsync("tiny");
        var failure = Assert.Single(status.RootElement.GetProperty("failures").EnumerateArray());
        Assert.Equal("tiny-a@step30", failure.GetProperty("checkpoint").GetString());
        Assert.Contains("no progress for", failure.GetProperty("message").GetString(), StringComparison.Ordinal);
        Assert.Equal((suite.Shards - 1) * TinySuite.Analyses, StoreFiles.CountResults(bed.Store));
        Assert.All(bed.Silos, silo => Assert.Equal(1, silo.Lives));
    }

    [Fact]
    public async Task Clients_ThatStartTheSameSweepAtOnce_ShareOne()
    {
        using var suite = new TinySuite(steps: 10);
        await using var bed = await ClusterFixture.StartAsync(suite, workers: 1);
        using var first = bed.StartSweep();
        using var second = bed.StartSweep();
        await Task.WhenAll(first.WaitAsync(), second.WaitAsync());

        Assert.True(first.Process.ExitCode == 0 && second.Process.ExitCode == 0, first.Errors + second.Errors);
        Assert.Equal(suite.Shards * TinySuite.Analyses, StoreFiles.CountResults(bed.Store));

        var (code, _, errors) = await bed.RunAsync(
            "sweep",
            "--source",
            suite.Source,
            "--name",
            "tiny",
            "--models",
            "tiny-a",
            "--steps",
            "0,10",
            "--reference-step",
            "0",
            "--analyses",
            "integrity");
        Assert.Equal(2, code);
        Assert.Contains("A sweep 'tiny' exists with other models, steps or analyses", errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Workers_FrozenFullOrOutOfMemory_LoseTheirTasksToTheOthers()
    {
        using var suite = new TinySuite(steps: 30);
        var calm = await ClusterFixture.UndisturbedAsync(suite);
        await using var bed = await ClusterFixture.StartAsync(suite, workers: 4);
        bed.Slow(200);
        var workers = bed.Workers.ToArray();
        using var sweep = bed.StartSweep();
        await bed.UntilSomeMoreResultsAsync();
        workers[0].Signal("STOP");
        bed.SetFault("full", workers[1].Id);
        bed.SetFault("memory", workers[2].Id);
        await bed.UntilSomeMoreResultsAsync();
        bed.ClearFault("memory", workers[2].Id); // others need its memory no more

        var code = await bed.EndOfAsync(sweep);

        Assert.True(code == 0, sweep.Errors + bed.Log);
        Assert.Equal(calm, StoreFiles.Digests(bed.Store));
        var written = StoreFiles.Times(bed.Store);
        workers[0].Signal("CONT");
        await Servers.UntilAsync(
            () => workers[0].Current.Process.HasExited, () => $"the silo that was declared dead to leave. {workers[0].Log}");
        Assert.Equal(1, workers[0].Current.Process.ExitCode); // not that of an abort
        Assert.Contains("This silo is no member of the cluster any more and stops", workers[0].Log, StringComparison.Ordinal);
        Assert.DoesNotContain("Unhandled exception", workers[0].Log, StringComparison.Ordinal);
        Assert.Equal(written, StoreFiles.Times(bed.Store));
        Assert.False(workers[1].Current.Process.HasExited);
    }

    [Fact]
    public async Task Worker_ThatIsToldToStop_FinishesItsTaskAndChargesNobody()
    {
        using var suite = new TinySuite(steps: 20);
        await using var bed = await ClusterFixture.StartAsync(suite, workers: 2);
        bed.Slow(1000);
        using var sweep = bed.StartSweep();
        await bed.UntilSomeMoreResultsAsync();
        var leaving = bed.Workers.First();
        leaving.Signal("TERM");
        await Servers.UntilAsync(() => leaving.Current.Process.HasExited, () => $"the worker to leave. {leaving.Log}");
        bed.Slow(0);

        var code = await bed.EndOfAsync(sweep);

        Assert.Equal(0, leaving.Current.Process.ExitCode);
        Assert.True(code == 0, sweep.Errors + bed.Log);
        Assert.DoesNotContain("its tasks are handed out again", bed.Log, StringComparison.Ordinal);
        Assert.All(StoreFiles.Attempts(bed.Store), attempt => Assert.Equal(1, attempt));
    }
}
