using PythiaOrleans.Testing;

namespace PythiaOrleans.EndToEnd.Tests;

/// <summary>What workers and their tasks may do to a cluster of real processes.</summary>
public sealed class WorkerFaultTests
{
    [Fact]
    public async Task Task_ThatKillsItsWorker_IsQuarantinedAndTheRestCompletes()
    {
        using var suite = new TinySuite(steps: 10);
        await using var bed = await ClusterFixture.StartAsync(suite, workers: 3);
        bed.KeepAlive();
        bed.Slow(100);
        bed.SetFault("kill", "tiny-a@step50");
        using var sweep = bed.StartSweep();

        await AssertEndsWithoutAsync(bed, sweep, "tiny-a@step50", "the worker died 3 times");

        // Three deaths; a worker that dies together with the dispatcher's registration, before the dispatcher knew that it had begun, dies
        // uncharged.
        Assert.True(bed.Workers.Sum(worker => worker.Lives - 1) is >= 3 and <= 6, bed.Log);

        bed.ClearFault("kill", "tiny-a@step50");
        var (resumed, output, errors) = await bed.RunAsync("resume", "tiny");
        Assert.True(resumed == 0, output + errors);
        Assert.Equal(suite.Results, StoreFiles.CountResults(bed.Store));
    }

    /// <summary>A slot used to sit in a task that never ends until its silo was stopped.</summary>
    [Fact]
    public async Task Task_ThatNeverReturns_IsQuarantinedAndTheRestCompletes()
    {
        using var suite = new TinySuite(steps: 6);
        await using var bed = await ClusterFixture.StartAsync(suite, workers: 2, options: "Worker:StallLimit=00:00:05");
        bed.SetFault("hang", "tiny-a@step30");
        using var sweep = bed.StartSweep();

        await AssertEndsWithoutAsync(bed, sweep, "tiny-a@step30", "no progress for");
        Assert.All(bed.Silos, silo => Assert.Equal(1, silo.Lives));
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

    /// <summary>The sweep ends, one checkpoint is quarantined for the reason given, and all others have their results.</summary>
    private static async Task AssertEndsWithoutAsync(ClusterFixture bed, PythiaProcess sweep, string checkpoint, string reason)
    {
        var code = await bed.EndOfAsync(sweep);
        Assert.True(code == 3, $"exit code {code}: {bed.LogWith(sweep)}");
        using var status = await bed.StatusAsync("tiny");
        var failure = Assert.Single(status.RootElement.GetProperty("failures").EnumerateArray());
        Assert.Equal(checkpoint, failure.GetProperty("checkpoint").GetString());
        Assert.Contains(reason, failure.GetProperty("message").GetString(), StringComparison.Ordinal);
        Assert.Equal((bed.Suite.Shards - 1) * TinySuite.Analyses, StoreFiles.CountResults(bed.Store));
    }
}
