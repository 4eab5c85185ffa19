using System.Text.Json;
using PythiaOrleans.Testing;

namespace PythiaOrleans.EndToEnd.Tests;

public sealed class BadCheckpointTests
{
    /// <summary>Truncated, bit-flipped header, empty, wrong shape and NaN among good ones: the acceptance case.</summary>
    [Fact]
    public async Task Sweep_OverBadFiles_QuarantinesThemAndResumeFinishesExactlyThem()
    {
        using var suite = new TinySuite(steps: 8);
        const string model = "tiny-a";
        Truncate(suite.WeightsOf(model, 10));
        FlipHeaderBit(suite.WeightsOf(model, 20));
        File.WriteAllBytes(suite.WeightsOf(model, 30), []);
        suite.Write(model, 40, hidden: 8);
        suite.Write(model, 50, weights => weights["gpt_neox.layers.1.mlp.dense_h_to_4h.weight"][7] = Half.NaN);
        int[] bad = [10, 20, 30, 40];

        var first = await PythiaProcess.RunAsync(suite.SweepArguments("store"));

        Assert.True(first.Code == 3, $"exit code {first.Code}\n{first.Errors}");
        Assert.All(bad[..3], step => Assert.Contains($"{model}@step{step} failed: ", first.Errors, StringComparison.Ordinal));
        Assert.Contains("1 more failed.", first.Errors, StringComparison.Ordinal);
        var failures = Directory.EnumerateFiles(
            Path.Combine(suite.Store("store"), "sweeps", "tiny", "failures"), "*.json", SearchOption.AllDirectories).ToArray();
        Assert.Equal(bad.Select(step => $"step{step}.json"), failures.Select(Path.GetFileName).Order(StringComparer.Ordinal));
        foreach (var failure in failures)
        {
            using var json = JsonDocument.Parse(await File.ReadAllTextAsync(failure, TestContext.Current.CancellationToken));
            var message = json.RootElement.EnumerateObject().Single(
                field => field.Name.Equals("message", StringComparison.OrdinalIgnoreCase)).Value.GetString()!;
            Assert.Contains("model.safetensors", message, StringComparison.Ordinal);
            Assert.Contains("expected", message, StringComparison.Ordinal);
            Assert.Contains("found", message, StringComparison.Ordinal);
        }

        var before = StoreFiles.Digests(Path.Combine(suite.Store("store")));
        Assert.Equal((suite.Shards - bad.Length) * TinySuite.Analyses, StoreFiles.CountResults(suite.Store("store")));

        foreach (var step in bad)
        {
            suite.Write(model, step);
        }

        var resumed = await PythiaProcess.RunAsync("resume", "tiny", "--store", suite.Store("store"));

        Assert.True(resumed.Code == 0, resumed.Errors);
        Assert.Equal(suite.Results, StoreFiles.CountResults(suite.Store("store")));
        var after = StoreFiles.Digests(suite.Store("store"));
        Assert.All(
            before.Where(file => file.Key.StartsWith("results", StringComparison.Ordinal)),
            file => Assert.Equal(file.Value, after[file.Key]));
        var added = after.Keys.Except(before.Keys).Where(file => file.StartsWith("results", StringComparison.Ordinal)).ToArray();
        Assert.Equal(bad.Length * TinySuite.Analyses, added.Length);
        Assert.All(
            added,
            file => Assert.Contains(bad, step => file.Contains($"step{step}{Path.DirectorySeparatorChar}", StringComparison.Ordinal)));
    }

    private static void Truncate(string file)
    {
        using var stream = File.OpenWrite(file);
        stream.SetLength(stream.Length / 2);
    }

    // A bit in the header's first field name: the JSON stays JSON, the tensor gets another name.
    private static void FlipHeaderBit(string file)
    {
        var bytes = File.ReadAllBytes(file);
        bytes[12] ^= 1;
        File.WriteAllBytes(file, bytes);
    }
}
