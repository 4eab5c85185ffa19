using PythiaOrleans.Testing;

namespace PythiaOrleans.EndToEnd.Tests;

/// <summary>What Redis may do to a cluster of real processes.</summary>
public sealed class RedisFaultTests
{
    /// <summary>How often Redis is killed: <c>PYTHIA_REDIS_KILLS</c>, for long runs; a few times in the suite.</summary>
    private static readonly int RedisKills = TestSettings.Number("PYTHIA_REDIS_KILLS") ?? 3;

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
            {"GrainId":"sweep/tiny","ActivationId":"@d428b8405ddf4c9499af0bb276852f55",
            "SiloAddress":"127.0.0.1:1@154799423","MembershipVersion":1000}
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
}
