using PythiaOrleans.Testing;

namespace PythiaOrleans.EndToEnd.Tests;

public sealed class KillTests
{
    /// <summary>
    /// SIGKILL at several moments of the sweep; then the same command again. The results must be those of an undisturbed run, byte for
    /// byte.
    /// </summary>
    [Theory]
    [InlineData(1)]
    [InlineData(25)]
    [InlineData(60)]
    public async Task Sweep_KilledAfterSomeResults_CompletesWithTheSameBytes(int resultsBeforeTheKill)
    {
        using var suite = new TinySuite(steps: 12);
        var calm = await ClusterFixture.UndisturbedAsync(suite);
        using (var victim = PythiaProcess.Start(suite.SweepArguments("killed")))
        {
            while (StoreFiles.CountResults(suite.Store("killed")) < resultsBeforeTheKill && !victim.Process.HasExited)
            {
                await Task.Delay(5, TestContext.Current.CancellationToken);
            }

            Assert.False(victim.Process.HasExited, $"The sweep ended before it could be killed:\n{victim.Errors}");
            victim.Process.Kill();
            await victim.WaitAsync();
        }

        var left = StoreFiles.CountResults(suite.Store("killed"));
        var again = await PythiaProcess.RunAsync(suite.SweepArguments("killed"));

        Assert.True(again.Code == 0, again.Errors);
        Assert.InRange(left, resultsBeforeTheKill, suite.Results - 1);
        Assert.Equal(calm, StoreFiles.Digests(suite.Store("killed")));
    }

    [Fact]
    public async Task Sweep_RunAgain_RecomputesNothing()
    {
        using var suite = new TinySuite(steps: 3);
        var first = await PythiaProcess.RunAsync(suite.SweepArguments("store"));
        Assert.True(first.Code == 0, first.Errors);
        var written = StoreFiles.Times(suite.Store("store"));

        var second = await PythiaProcess.RunAsync(suite.SweepArguments("store"));

        Assert.Equal(0, second.Code);
        Assert.Contains($"{suite.Shards} already done", second.Output + second.Errors, StringComparison.Ordinal);
        Assert.Equal(written, StoreFiles.Times(suite.Store("store")));
    }
}
