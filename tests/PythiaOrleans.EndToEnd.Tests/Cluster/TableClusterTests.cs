using PythiaOrleans.Testing;

namespace PythiaOrleans.EndToEnd.Tests;

/// <summary>Clusters without Redis: membership, reminders and grain directory are in tables of a storage account.</summary>
public sealed class TableClusterTests
{
    [Fact]
    public async Task Sweep_WhileSilosAreKilledAndTablesAreAway_CompletesWithTheSameBytes()
    {
        await using var tables = new AzuriteTables();
        await tables.InitializeAsync();
        using var suite = new TinySuite(steps: 30);
        var calm = await ClusterFixture.UndisturbedAsync(suite);
        await using var bed = await ClusterFixture.StartAsync(suite, workers: 2, tables: tables);
        bed.KeepAlive();
        bed.Slow(300);
        using var sweep = bed.StartSweep();
        await bed.UntilSomeMoreResultsAsync();
        bed.Workers.First().Kill();
        await bed.UntilSomeMoreResultsAsync();
        bed.Control.Kill(); // coordinator and dispatcher wake elsewhere, and find the order to run in the tables
        await bed.UntilSomeMoreResultsAsync();
        tables.Stop();
        await Task.Delay(TimeSpan.FromSeconds(5), TestContext.Current.CancellationToken);
        await tables.StartAgainAsync();

        var code = await bed.EndOfAsync(sweep);

        Assert.True(code == 0, sweep.Errors + bed.Log);
        Assert.Equal(calm, StoreFiles.Digests(bed.Store));
    }

    [Fact]
    public async Task Cluster_KilledWholeAndStartedAgain_GoesOnByItself()
    {
        await using var tables = new AzuriteTables();
        await tables.InitializeAsync();
        using var suite = new TinySuite(steps: 20);
        var calm = await ClusterFixture.UndisturbedAsync(suite);
        await using var bed = await ClusterFixture.StartAsync(suite, workers: 2, tables: tables);
        bed.Slow(200);
        var limit = TimeSpan.FromSeconds(120);
        var left = await bed.KillAndRestartAsync(limit, limit);

        Assert.InRange(left, 1, calm.Count - 1);
        Assert.Equal(calm, StoreFiles.Digests(bed.Store));
    }

    /// <summary>Nothing listens: a sentence within seconds, for silos and for commands.</summary>
    [Fact]
    public async Task Tables_WithoutAListener_AreOneSentence()
    {
        var silent = new Dictionary<string, string>
        {
            ["AZURE_STORAGE_CONNECTION_STRING"] =
                $"DefaultEndpointsProtocol=http;AccountName=a;AccountKey=YQ==;TableEndpoint=http://127.0.0.1:{Ports.FindFree()}/a;",
        };
        using var folder = new TemporaryFolder();

        var silo = await PythiaProcess.RunAsync(silent, "silo", "--tables", "pythia", "--store", folder.Root, "--http", "127.0.0.1:0");
        var status = await PythiaProcess.RunAsync(silent, "status", "--cluster", "tables:pythia", "--store", folder.Root);

        foreach (var (code, _, errors) in new[] { silo, status })
        {
            Assert.Equal(1, code);
            Assert.Single(errors.Split('\n', StringSplitOptions.RemoveEmptyEntries));
            Assert.Contains("does not do what is asked of it", errors, StringComparison.Ordinal);
        }
    }
}
