using PythiaOrleans.Testing;

namespace PythiaOrleans.EndToEnd.Tests;

/// <summary>What control silos and clients may do to a cluster of real processes.</summary>
public sealed class CoordinatorFaultTests
{
    private static readonly TimeSpan WakeLimit = TimeSpan.FromSeconds(90);

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
        Assert.True(StoreFiles.CountResults(bed.Store) < suite.Results);

        bed.Slow(0);
        var (resumed, output, errors) = await bed.RunAsync("resume", "tiny");
        Assert.True(resumed == 0, output + errors + bed.Log);
        Assert.Equal(suite.Results, StoreFiles.CountResults(bed.Store));
        var code = await bed.EndOfAsync(sweep);
        Assert.True(code == 0, $"exit code {code}: {bed.LogWith(sweep)}");
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

    [Fact]
    public async Task Clients_ThatStartTheSameSweepAtOnce_ShareOne()
    {
        using var suite = new TinySuite(steps: 10);
        await using var bed = await ClusterFixture.StartAsync(suite, workers: 1);
        using var first = bed.StartSweep();
        using var second = bed.StartSweep();
        await Task.WhenAll(first.WaitAsync(), second.WaitAsync());

        Assert.True(first.Process.ExitCode == 0 && second.Process.ExitCode == 0, first.Errors + second.Errors);
        Assert.Equal(suite.Results, StoreFiles.CountResults(bed.Store));

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
}
