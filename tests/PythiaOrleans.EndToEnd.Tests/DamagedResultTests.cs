using PythiaOrleans.Testing;

namespace PythiaOrleans.EndToEnd.Tests;

/// <summary>What a power failure or a bad disk does to a store: nothing of it may be called a success, and all of it heals.</summary>
public sealed class DamagedResultTests
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Results_EmptyCutOrAltered_AreComputedAgainWhenTheirSeriesIsWritten()
    {
        using var suite = new TinySuite(steps: 6);
        var store = suite.Store("store");
        var (code, _, errors) = await PythiaProcess.RunAsync(suite.SweepArguments("store"));
        Assert.True(code == 0, errors);
        var sound = StoreFiles.Digests(store);

        string[] damaged =
        [
            await DamageAsync(store, "tiny-a/step10", "weight-moments", _ => []), await DamageAsync(store, "tiny-a/step20", "weight-moments", bytes => bytes[..(bytes.Length / 2)]),
            await DamageAsync(store, "tiny-b/step20", "weight-distance", FlipABit), await DamageAsync(store, "tiny-b/step30", "weight-moments", FlipABit),
        ];
        Directory.Delete(Path.Combine(store, "series"), recursive: true);

        (code, var output, errors) = await PythiaProcess.RunAsync("status", "tiny", "--store", store);
        Assert.Equal(1, code);
        Assert.Contains("the series of", output, StringComparison.Ordinal);

        (code, output, errors) = await PythiaProcess.RunAsync(suite.SweepArguments("store"));
        Assert.True(code == 0, errors);
        Assert.Contains($"{suite.Shards} shards, {suite.Shards - 4} already done, 4 computed, 0 failed", output, StringComparison.Ordinal);
        Assert.Equal(sound, StoreFiles.Digests(store));
        Assert.All(damaged, file => Assert.True(File.Exists(file + ".damaged"), file));

        (code, output, errors) = await PythiaProcess.RunAsync("status", "tiny", "--store", store);
        Assert.True(code == 0, output + errors);
    }

    [Fact]
    public async Task Repair_PutsDamagedResultsAside_AndResumeComputesThem()
    {
        using var suite = new TinySuite(steps: 4);
        var store = suite.Store("store");
        var (code, output, errors) = await PythiaProcess.RunAsync(suite.SweepArguments("store"));
        Assert.True(code == 0, errors);
        var sound = StoreFiles.Digests(store);
        var damaged = await DamageAsync(store, "tiny-a/step10", "weight-moments", FlipABit);

        (code, output, _) = await PythiaProcess.RunAsync("verify", "tiny", "--store", store);
        Assert.Equal(1, code);
        Assert.Contains("--repair", output, StringComparison.Ordinal);
        Assert.False(File.Exists(damaged + ".damaged"));

        (code, output, _) = await PythiaProcess.RunAsync("verify", "tiny", "--store", store, "--repair");
        Assert.Equal(3, code);
        Assert.Contains("1 damaged results were put aside", output, StringComparison.Ordinal);
        Assert.True(File.Exists(damaged + ".damaged"));
        Assert.False(File.Exists(damaged));

        (code, output, errors) = await PythiaProcess.RunAsync("resume", "tiny", "--store", store);
        Assert.True(code == 0, errors);
        Assert.Equal(sound, StoreFiles.Digests(store));
        (code, output, _) = await PythiaProcess.RunAsync("verify", "tiny", "--store", store);
        Assert.True(code == 0, output);
    }

    private static async Task<string> DamageAsync(string store, string checkpoint, string analysis, Func<byte[], byte[]> damage)
    {
        var file = Directory.EnumerateFiles(Path.Combine(store, "results", checkpoint), $"{analysis}-*.parquet").Single();
        await File.WriteAllBytesAsync(file, damage(await File.ReadAllBytesAsync(file, Stop)), Stop);
        return file;
    }

    private static byte[] FlipABit(byte[] bytes)
    {
        bytes[bytes.Length / 3] ^= 16;
        return bytes;
    }
}
