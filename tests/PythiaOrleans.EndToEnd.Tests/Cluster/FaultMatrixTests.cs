using PythiaOrleans.Testing;

namespace PythiaOrleans.EndToEnd.Tests;

/// <summary>Faults of every kind at random, one after the other, while sweeps run and are paused and resumed.</summary>
/// <remarks>
/// A round is a sweep: in a folder, or in blob storage behind a proxy. <c>PYTHIA_FAULT_ROUNDS</c> says how many, <c>PYTHIA_SEED</c>
/// which: the same seed draws the same faults.
/// </remarks>
public sealed class FaultMatrixTests
{
    private const int FaultsOfARound = 6;
    private const string PauseKind = "pause";

    private static readonly int Rounds = TestSettings.Number("PYTHIA_FAULT_ROUNDS") ?? 1;

    private static readonly int Seed = TestSettings.Number("PYTHIA_SEED") ?? 1;

    private readonly Random _random = new(Seed);
    private readonly SortedDictionary<string, int> _inflicted = new(StringComparer.Ordinal);
    private readonly List<Task<(int Code, string Output, string Errors)>> _resumed = [];

    [Fact]
    public async Task Sweeps_UnderFaultsAndOrders_EndWithTheBytesOfACalmOne()
    {
        using var suite = new TinySuite(steps: 40);
        var calm = await ClusterFixture.UndisturbedAsync(suite);
        var slowest = TimeSpan.Zero;
        for (var round = 0; round < Rounds; round++)
        {
            var started = TimeProvider.System.GetTimestamp();
            await (round % 2 == 0 ? InAFolderAsync(suite, calm, round) : InBlobStorageAsync(suite, calm, round));
            var took = TimeProvider.System.GetElapsedTime(started);
            slowest = took > slowest ? took : slowest;
        }

        var faults = string.Join(", ", _inflicted.Select(kind => $"{kind.Value} {kind.Key}"));
        TestContext.Current.TestOutputHelper!.WriteLine(
            $"{Rounds} sweeps of {suite.Shards} shards, seed {Seed}: {faults}; the slowest took {slowest.TotalSeconds:0} s");
    }

    private async Task InAFolderAsync(TinySuite suite, SortedDictionary<string, string> calm, int round)
    {
        await using var bed = await ClusterFixture.StartAsync(suite, workers: 2, controls: 2, store: suite.Store($"matrix-{round}"));
        await RunAsync(
            bed, round, [KillAsync, HangAsync, RedisAwayAsync, UpgradeAsync, PauseAsync, FullDiskAsync],
            () => Task.FromResult(StoreFiles.CountResults(bed.Store)));
        Assert.Equal(calm, StoreFiles.Digests(bed.Store));
    }

    private async Task InBlobStorageAsync(TinySuite suite, SortedDictionary<string, string> calm, int round)
    {
        await using var azurite = new Azurite();
        await azurite.InitializeAsync();
        await using var proxy = await FaultyBlobProxy.StartAsync(azurite.Endpoint, Seed + round, refusedPercent: 3, lostPercent: 3);
        var through = azurite.ConnectionString.Replace(
            azurite.Endpoint.GetLeftPart(UriPartial.Authority), proxy.Address, StringComparison.Ordinal);
        await using var bed = await ClusterFixture.StartAsync(
            suite, workers: 2, controls: 2, store: "az://matrix",
            environment: new Dictionary<string, string> { ["AZURE_STORAGE_CONNECTION_STRING"] = through });
        await RunAsync(
            bed, round,
            [
                KillAsync, HangAsync, RedisAwayAsync, UpgradeAsync, PauseAsync, _ => StorageAwayAsync(azurite),
                _ => StorageSlowAsync(proxy),
            ],
            async () => (await BlobFiles.DigestsAsync(azurite, "matrix", "")).Count);
        Assert.Equal(calm, await BlobFiles.DigestsAsync(azurite, "matrix", ""));
    }

    private async Task RunAsync(
        ClusterFixture bed, int round, Func<ClusterFixture, Task<string>>[] faults, Func<Task<int>> countResults)
    {
        bed.Slow(300);
        bed.KeepAlive();
        using var sweep = bed.StartSweep();
        await Servers.UntilAsync(async () => await countResults() > 0, () => $"the first result. {bed.Log}", Limit);
        for (var fault = 0; fault < FaultsOfARound && !sweep.Process.HasExited; fault++)
        {
            await Task.Delay(_random.Next(500, 3000), TestContext.Current.CancellationToken);
            var kind = await faults[_random.Next(faults.Length)](bed);
            _inflicted[kind] = _inflicted.GetValueOrDefault(kind) + 1;
            if (kind == PauseKind)
            {
                await CheckPausedAsync(bed, countResults);
            }
        }

        var code = await bed.EndOfAsync(sweep);
        Assert.True(code == 0, $"Seed {Seed}, round {round}: exit code {code}\n{bed.LogWith(sweep)}");
        Assert.All(await Task.WhenAll(_resumed), resumed => Assert.True(resumed.Code == 0, resumed.Output + resumed.Errors));
        _resumed.Clear();
    }

    private Task<string> KillAsync(ClusterFixture bed)
    {
        var victim = bed.Silos[_random.Next(bed.Silos.Count)];
        if (!victim.Current.Process.HasExited)
        {
            victim.Kill();
        }

        return Task.FromResult("kill");
    }

    // Longer than its neighbours wait or shorter: it goes on, or finds itself declared dead and leaves.
    private async Task<string> HangAsync(ClusterFixture bed)
    {
        var victim = bed.Silos[_random.Next(bed.Silos.Count)];
        var id = victim.Id;
        victim.Signal("STOP");
        await WaitAsync(2, 12);
        if (victim.Id == id)
        {
            victim.Signal("CONT");
        }

        return "hang";
    }

    private async Task<string> RedisAwayAsync(ClusterFixture bed)
    {
        bed.Redis.Kill();
        await WaitAsync(1, 8);
        await bed.Redis.StartAsync();
        return "Redis away";
    }

    // One silo after the other, as a rolling upgrade replaces them.
    private static async Task<string> UpgradeAsync(ClusterFixture bed)
    {
        foreach (var silo in bed.Silos)
        {
            var life = silo.Lives;
            silo.Signal("TERM");
            await Servers.UntilAsync(() => silo.Lives > life && silo.IsUp, () => $"the successor of a silo. {bed.Log}", Limit);
        }

        return "rolling upgrade";
    }

    private async Task<string> FullDiskAsync(ClusterFixture bed)
    {
        var id = bed.Workers.ElementAt(_random.Next(2)).Id;
        bed.SetFault("full", id);
        await WaitAsync(2, 6);
        bed.ClearFault("full", id);
        return "full disk";
    }

    private async Task<string> StorageAwayAsync(Azurite azurite)
    {
        azurite.Stop();
        await WaitAsync(2, 8);
        await azurite.StartAgainAsync();
        return "storage away";
    }

    private async Task<string> StorageSlowAsync(FaultyBlobProxy proxy)
    {
        proxy.DelayMilliseconds = 400;
        await WaitAsync(3, 8);
        proxy.DelayMilliseconds = 0;
        return "slow storage";
    }

    private static async Task<string> PauseAsync(ClusterFixture bed)
    {
        // An order that a cluster in trouble does not answer is given again, as its message says.
        await Servers.UntilAsync(
            async () => (await bed.RunAsync("pause", "tiny")).Code == 0 || (await ReadAsync(bed)).State == "completed",
            () => $"the pause to be answered. {bed.Log}",
            Limit);
        return PauseKind;
    }

    // What runs may end; then nothing comes any more, whichever silo dies meanwhile.
    private async Task CheckPausedAsync(ClusterFixture bed, Func<Task<int>> countResults)
    {
        await Servers.UntilAsync(async () => (await ReadAsync(bed)).Running == 0, () => $"running tasks to end. {bed.Log}", Limit);
        if (_random.Next(2) == 0)
        {
            await KillAsync(bed);
        }

        var before = await countResults();
        await WaitAsync(3, 6);
        Assert.Equal(before, await countResults());
        string? state = null;
        await Servers.UntilAsync(
            async () => (state = (await ReadAsync(bed)).State) is not null, () => $"an answer about the sweep. {bed.Log}", Limit);
        Assert.True(state is "paused" or "completed", $"A paused sweep is {state}. {bed.Log}");
        _resumed.Add(bed.RunAsync("resume", "tiny"));
        await Servers.UntilAsync(
            async () => (await ReadAsync(bed)).State is not (null or "paused"), () => $"the sweep to go on. {bed.Log}", Limit);
    }

    // Null where the cluster does not answer.
    private static async Task<(string? State, int Running)> ReadAsync(ClusterFixture bed)
    {
        try
        {
            using var status = await bed.StatusAsync("tiny");
            var progress = status.RootElement.GetProperty("progress");
            return (progress.GetProperty("state").GetString(), progress.GetProperty("running").GetInt32());
        }
        catch (InvalidDataException)
        {
            return (null, -1); // the cluster is getting over something
        }
    }

    private static TimeSpan Limit => TimeSpan.FromMinutes(3);

    private Task WaitAsync(int least, int most) =>
        Task.Delay(TimeSpan.FromMilliseconds(_random.Next(least * 1000, most * 1000)), TestContext.Current.CancellationToken);
}
