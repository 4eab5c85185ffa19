using PythiaOrleans.Core.Storage;
using PythiaOrleans.Core.Sweeps;
using PythiaOrleans.Testing;

namespace PythiaOrleans.EndToEnd.Tests;

/// <summary>A store that an older version of the program wrote: an analysis has another fingerprint there.</summary>
public sealed class UpgradeTests
{
    [Fact]
    public async Task Resume_OfASweepThatAnOlderVersionPlanned_SaysSoAtOnceAndUpgradesIt()
    {
        var stop = TestContext.Current.CancellationToken;
        using var suite = new TinySuite(steps: 2);
        var (code, _, errors) = await PythiaProcess.RunAsync(suite.SweepArguments("store"));
        Assert.True(code == 0, errors);
        var results = new ResultStore(BlobStores.Open(suite.Store("store")));
        var newer = await results.FindSweepAsync("tiny", stop);
        var moments = newer.Analyses.Single(id => id.Name == "weight-moments");
        var old = moments with { Fingerprint = new string('0', moments.Fingerprint.Length) };
        await results.WriteSweepAsync(newer with { Analyses = [.. newer.Analyses.Select(id => id == moments ? old : id)] }, stop);

        (code, _, errors) = await PythiaProcess.RunAsync("resume", "tiny", "--store", suite.Store("store"));
        Assert.Equal(2, code);
        Assert.Contains($"lacks results of {old}", errors, StringComparison.Ordinal);
        Assert.Contains("pythia resume tiny --upgrade", errors, StringComparison.Ordinal);

        (code, _, errors) = await PythiaProcess.RunAsync("resume", "tiny", "--store", suite.Store("store"), "--upgrade");
        Assert.True(code == 0, errors);
        Assert.Equal(newer.Analyses, (await results.FindSweepAsync("tiny", stop)).Analyses);
    }
}
