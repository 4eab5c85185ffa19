using System.IO.Compression;
using System.Text.Json;

namespace PythiaOrleans.EndToEnd.Tests;

/// <summary>Two sizes with three seeds each: planned, swept, read as means over seeds, reported, and looked at by a census.</summary>
public sealed class SeedSweepTests
{
    [Fact]
    public async Task Sweep_OfSeeds_IsPlannedAndReportedWithThem()
    {
        using var suite = new SeededSuite();
        string[] chosen =
        [
            "--source", suite.Source, "--store", suite.Store, "--name", "seeds", "--models", SeededSuite.Models, "--steps", "all",
            "--reference-step", "0", "--analyses", "weight-moments,weight-distance,integrity,tensor-digests",
        ];
        Assert.Contains(
            "Seeds: 3 runs of tiny, 3 runs of small", await SucceedAsync(["plan", .. chosen]), StringComparison.Ordinal);
        await SucceedAsync(["sweep", .. chosen]);

        var band = await SucceedAsync("seeds", "band", "seeds", "--store", suite.Store, "--component", "mlp.dense_h_to_4h");
        Assert.Contains("tiny: runs: 3, mean ", band, StringComparison.Ordinal);
        Assert.Contains("of the variance is between models", band, StringComparison.Ordinal);

        await SucceedAsync("report", "seeds", "--store", suite.Store, "--out", suite["report"]);
        var seeds = Read(await File.ReadAllTextAsync(
            Path.Combine(suite["report"], "report.html"), TestContext.Current.CancellationToken)).GetProperty("seeds");
        var groups = seeds.GetProperty("groups").EnumerateArray().ToArray();
        Assert.Equal(["tiny", "small"], groups.Select(group => group.GetProperty("name").GetString()));
        Assert.All(groups, group => Assert.Contains("Training map", group.GetProperty("map").GetString(), StringComparison.Ordinal));
        var bands = seeds.GetProperty("bands").EnumerateArray().ToArray();
        var matrix = bands.Single(one => one.GetProperty("title").GetString() == "mlp.dense_h_to_4h");
        Assert.InRange(matrix.GetProperty("correlation").GetDouble(), 0.99, 1); // of sizes 16 and 32
        Assert.All(seeds.GetProperty("agreements").EnumerateArray(), one => Assert.Equal(3, one.GetProperty("judged").GetInt32()));

        var census = await SucceedAsync("census", "--sweep", "seeds", "--store", suite.Store);
        Assert.Contains("small-seed2: 12 revisions, 0 wrong, 0 missing, 0 with notes", census, StringComparison.Ordinal);
    }

    /// <summary>A copy under another name computes the same; other seeds and sizes do not.</summary>
    [Fact]
    public async Task Likeness_OfACopyIsWhole_AndOfOtherRunsIsNot()
    {
        using var suite = new SeededSuite();
        var (last, copy) = ($"step{SeededSuite.LastStep}", Directory.CreateDirectory(Path.Combine(suite.Source, "copy")).FullName);
        Directory.CreateDirectory(Path.Combine(copy, last));
        foreach (var file in Directory.EnumerateFiles(Path.Combine(suite.Source, "tiny", last)))
        {
            File.Copy(file, Path.Combine(copy, last, Path.GetFileName(file)));
        }

        var batch = suite["ids.u16"];
        await File.WriteAllBytesAsync(
            batch, [.. Enumerable.Range(0, 128).SelectMany(i => BitConverter.GetBytes((ushort)(i * i % 61)))],
            TestContext.Current.CancellationToken);
        await SucceedAsync(
            "sweep", "--source", suite.Source, "--store", suite.Store, "--name", "alike", "--models", "tiny,copy,tiny-seed1,small",
            "--steps", $"{SeededSuite.LastStep}", "--analyses", "representation-geometry,behaviour", "--batch", batch,
            "--batch-rows", "2", "--batch-length", "64");
        using var pairs = JsonDocument.Parse(await SucceedAsync("likeness", "alike", "--store", suite.Store, "--json"));
        Assert.Equal(6, pairs.RootElement.GetArrayLength());
        foreach (var pair in pairs.RootElement.EnumerateArray())
        {
            var isCopy = (pair.GetProperty("model").GetString(), pair.GetProperty("other").GetString()) == ("tiny", "copy");
            double kl = pair.GetProperty("kl_to").GetDouble(), cka = pair.GetProperty("places").EnumerateArray()
                .Where(place => place.GetProperty("is_same_depth").GetBoolean()).Min(place => place.GetProperty("cka").GetDouble());
            Assert.True(isCopy ? kl == 0 : kl > 0.001, $"KL of {pair}");
            Assert.True(isCopy ? cka > 0.999 : cka < 0.9, $"CKA of {pair}");
        }

        Assert.Contains(
            "tiny, copy: KL: at least 0.000 and 0.000 nats. CKA: embed_in 1.00,",
            await SucceedAsync("likeness", "alike", "--store", suite.Store, "--models", "tiny,copy"), StringComparison.Ordinal);
    }

    private static JsonElement Read(string page)
    {
        const string Start = "<script type=\"text/plain\" id=\"data\">";
        var at = page.IndexOf(Start, StringComparison.Ordinal) + Start.Length;
        var packed = Convert.FromBase64String(page[at..page.IndexOf('<', at)]);
        using var json = new GZipStream(new MemoryStream(packed), CompressionMode.Decompress);
        return JsonDocument.Parse(json).RootElement;
    }

    private static async Task<string> SucceedAsync(params string[] arguments)
    {
        var (code, output, errors) = await PythiaProcess.RunAsync(arguments);
        Assert.True(code == 0, $"pythia {string.Join(' ', arguments)}: exit code {code}\n{errors}");
        return output;
    }
}
