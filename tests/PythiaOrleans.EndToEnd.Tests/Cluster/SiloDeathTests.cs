using System.Globalization;
using PythiaOrleans.Testing;

namespace PythiaOrleans.EndToEnd.Tests;

/// <summary>What dies in a cluster of real processes must not be seen in its results.</summary>
public sealed class SiloDeathTests
{
    /// <summary>How many silos are killed: <c>PYTHIA_KILLS</c>, for long runs; few of them in the suite.</summary>
    private static readonly int Kills = TestSettings.Number("PYTHIA_KILLS") ?? 10;

    private static readonly int Seed = TestSettings.Number("PYTHIA_SEED") ?? 1;

    [Fact]
    public async Task Sweep_WhileRandomSilosAreKilled_CompletesWithTheBytesOfACalmOne()
    {
        var random = new Random(Seed);
        using var suite = new TinySuite(steps: 60);
        var calm = await ClusterFixture.UndisturbedAsync(suite);
        var (kills, sweeps, slowest) = (0, 0, TimeSpan.Zero);
        while (kills < Kills)
        {
            // A store of its own each time, so that there is work to disturb.
            await using var bed = await ClusterFixture.StartAsync(
                suite, workers: 3, store: suite.Store(string.Create(CultureInfo.InvariantCulture, $"cluster-{sweeps}")));
            bed.Slow(300);
            bed.KeepAlive();
            var started = TimeProvider.System.GetTimestamp();
            using var sweep = bed.StartSweep();

            // Where every core is busy all silos would be dead before the client has met one.
            await Servers.UntilAsync(
                () => sweep.Process.HasExited || sweep.Errors.Contains("shards", StringComparison.Ordinal),
                () => $"the sweep to be taken on. {bed.LogWith(sweep)}");
            while (!sweep.Process.HasExited && kills < Kills)
            {
                await Task.Delay(random.Next(500, 4000), TestContext.Current.CancellationToken);
                var victim = bed.Silos[random.Next(bed.Silos.Count)];
                if (!sweep.Process.HasExited && victim.IsUp && !victim.Current.Process.HasExited)
                {
                    victim.Kill();
                    kills++;
                }
            }

            var code = await bed.EndOfAsync(sweep);
            Assert.True(code == 0, $"Seed {Seed}, sweep {sweeps}: exit code {code}\n{bed.LogWith(sweep)}");
            Assert.Equal(calm, StoreFiles.Digests(bed.Store));
            var took = TimeProvider.System.GetElapsedTime(started);
            slowest = took > slowest ? took : slowest;
            sweeps++;
        }

        TestContext.Current.TestOutputHelper!.WriteLine(
            $"{kills} kills in {sweeps} sweeps of {suite.Shards} shards, seed {Seed}; the slowest took {slowest.TotalSeconds:0} s");
    }
}
