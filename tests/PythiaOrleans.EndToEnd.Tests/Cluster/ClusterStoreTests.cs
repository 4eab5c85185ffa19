using PythiaOrleans.Testing;

namespace PythiaOrleans.EndToEnd.Tests;

/// <summary>What a client says of its store, its Redis and its cluster's name before it starts anything.</summary>
public sealed class ClusterStoreTests
{
    /// <summary>The client used to print results in a folder that no silo writes to, and to put its batch there.</summary>
    [Fact]
    public async Task Store_OtherThanTheClusters_IsRefusedBeforeAnythingStarts()
    {
        using var suite = new TinySuite(steps: 2);
        await using var bed = await ClusterFixture.StartAsync(suite, workers: 1);
        var elsewhere = suite.Store("elsewhere");

        var (code, output, errors) = await PythiaProcess.RunAsync([.. suite.SweepArguments("elsewhere"), "--cluster", bed.Address]);

        Assert.True(code == 1, output + errors);
        Assert.Contains($"--store names {elsewhere}, but the cluster keeps its results in {bed.Store}", errors, StringComparison.Ordinal);
        Assert.Empty(Directory.EnumerateFiles(elsewhere, "*", SearchOption.AllDirectories));
        Assert.Equal(0, StoreFiles.CountResults(bed.Store));

        var (_, listed, problem) = await PythiaProcess.RunAsync("status", "--cluster", bed.Address, "--store", "az://other");
        Assert.Empty(listed.Trim());
        Assert.Contains("AZURE_STORAGE", problem, StringComparison.Ordinal); // it is opened first, and nothing says which account
    }

    [Fact]
    public async Task Cluster_OfAnotherName_IsOneSentenceAfterTheTries()
    {
        using var suite = new TinySuite(steps: 1);
        await using var bed = await ClusterFixture.StartAsync(suite, workers: 0);

        var (code, _, errors) = await bed.RunAsync("status", "--service-id", "other");

        Assert.Equal(1, code);
        Assert.Contains("No silo of cluster 'pythia' (service 'other') answers", errors, StringComparison.Ordinal);
        Assert.Contains("--service-id", errors, StringComparison.Ordinal);
    }

    /// <summary>A cluster whose silos are gone, killed or stopped in order, is one sentence, and no long wait.</summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Cluster_WithoutSilos_IsOneSentence(bool killed)
    {
        using var suite = new TinySuite(steps: 1);
        await using var bed = await ClusterFixture.StartAsync(suite, workers: 0);
        if (killed)
        {
            bed.Control.Kill();
        }
        else
        {
            bed.Control.Signal("TERM");
            await bed.Control.Current.WaitAsync();
        }

        var (code, _, errors) = await bed.RunAsync("status");

        Assert.Equal(1, code);
        Assert.Contains("No silo of cluster 'pythia' (service 'pythia') answers", errors, StringComparison.Ordinal);
        Assert.Contains(
            killed ? "1 listed, none listening (they may be starting again); trying for 20 s" : "none listed; trying for 7 s",
            errors,
            StringComparison.Ordinal);
    }

    /// <summary>A password that is missing used to be 30 s of silence, and then a timeout.</summary>
    [Fact]
    public async Task Redis_ThatWantsAPassword_SaysSo()
    {
        using var folder = new TemporaryFolder();
        using var redis = new RedisServer(Path.Combine(folder.Root, "redis"));
        await redis.StartAsync();
        redis.Configure("requirepass", "secret");

        var without = await PythiaProcess.RunAsync("status", "--cluster", redis.Connection, "--store", folder.Root);
        var wrong = await PythiaProcess.RunAsync("status", "--cluster", $"{redis.Connection},password=wrong", "--store", folder.Root);
        var silo = await PythiaProcess.RunAsync("silo", "--redis", redis.Connection, "--store", folder.Root, "--http", "127.0.0.1:0");

        Assert.Equal([1, 1, 1], [without.Code, wrong.Code, silo.Code]);
        Assert.Contains("wants a password", without.Errors, StringComparison.Ordinal);
        Assert.Contains("wants another password", wrong.Errors, StringComparison.Ordinal);
        Assert.Contains("wants a password", silo.Errors, StringComparison.Ordinal);
        Assert.DoesNotContain("wrong", wrong.Errors, StringComparison.Ordinal); // it may be nearly right
    }
}
