using PythiaOrleans.Testing;

namespace PythiaOrleans.EndToEnd.Tests;

/// <summary>A cluster whose results are in blob storage that stumbles.</summary>
public sealed class BlobFaultTests(Azurite azurite) : IClassFixture<Azurite>
{
    private const string ConnectionVariable = "AZURE_STORAGE_CONNECTION_STRING";

    [Fact]
    public async Task Requests_RefusedOrWithoutReply_CommitEachResultOnce()
    {
        using var suite = new TinySuite(steps: 20);
        var calm = await ClusterFixture.UndisturbedAsync(suite);
        await using var proxy = await FaultyBlobProxy.StartAsync(azurite.Endpoint, seed: 3, refusedPercent: 10, lostPercent: 10);
        var through = azurite.ConnectionString.Replace(
            azurite.Endpoint.GetLeftPart(UriPartial.Authority), proxy.Address, StringComparison.Ordinal);
        await using var bed = await ClusterFixture.StartAsync(
            suite, workers: 2, store: "az://faults/run", environment: new Dictionary<string, string> { [ConnectionVariable] = through });
        using var sweep = bed.StartSweep();

        var code = await bed.EndOfAsync(sweep);

        Assert.True(code == 0, sweep.Errors + bed.Log);
        Assert.Equal(calm, await BlobFiles.DigestsAsync(azurite, "faults", "run"));
        Assert.True(proxy.Refused > 20 && proxy.Lost > 20, $"{proxy.Refused} refused, {proxy.Lost} lost");
    }

    [Fact]
    public async Task Storage_StoppedForAWhile_DelaysTheSweepAndChargesNobody()
    {
        await using var own = new Azurite();
        await own.InitializeAsync();
        using var suite = new TinySuite(steps: 30);
        var calm = await ClusterFixture.UndisturbedAsync(suite);
        await using var bed = await ClusterFixture.StartAsync(
            suite,
            workers: 2,
            store: "az://outage",
            environment: new Dictionary<string, string> { [ConnectionVariable] = own.ConnectionString });
        bed.Slow(150);
        using var sweep = bed.StartSweep();
        await Servers.UntilAsync(async () => await CountAsync(own) > 10, () => $"the first results. {bed.Log}");
        own.Stop();
        await Task.Delay(TimeSpan.FromSeconds(10), TestContext.Current.CancellationToken);
        await own.StartAgainAsync();

        var code = await bed.EndOfAsync(sweep);

        Assert.True(code == 0, $"{bed.LogWith(sweep)}{(await bed.RunAsync("status", "tiny")).Output}");
        Assert.Equal(calm, await BlobFiles.DigestsAsync(own, "outage", ""));
        var (verified, output, errors) = await PythiaProcess.RunAsync(
            new Dictionary<string, string> { [ConnectionVariable] = own.ConnectionString }, "verify", "tiny", "--store", "az://outage");
        Assert.True(verified == 0, output + errors);
    }

    private static async Task<int> CountAsync(Azurite storage) => (await BlobFiles.DigestsAsync(storage, "outage", "")).Count;
}
