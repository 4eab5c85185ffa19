using System.Diagnostics;

namespace PythiaOrleans.EndToEnd.Tests;

/// <summary>What people reported of their own folders: the commands of each case's README, and what must happen.</summary>
public sealed class FolderCases
{
    private const string Moments = "weight-moments";

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("unsupported")]
    [InlineData("half-copied")]
    public async Task BadNeighbour_StopsNoSweep(string folder)
    {
        using var run = await CaseRun.MakeAsync("bad-neighbour-stops-sweep");
        var (code, output, errors) = await run.SweepAsync(Path.Combine(run.Input, folder), "good", "0,10", Moments);
        Assert.True(code == 0, output + errors);
        Assert.Contains("2 computed, 0 failed", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task BinShards_BesideAnIndexOfOtherShards_AreRead() =>
        await SweepWholeAsync("bin-shards-beside-safetensors-index", "bin-beside-index", "0");

    [Fact]
    public async Task File_CutOffWhileItIsRead_FailsItsShardOnly()
    {
        using var run = await CaseRun.MakeAsync("file-cut-off-while-read");
        using var sweep = run.Start(
            "sweep", "--source", run.Input, "--models", "mine,small", "--steps", "0,10", "--name", "s",
            "--analyses", "weight-spectrum,weight-moments,weight-distribution");
        var results = Path.Combine(run.Store, "results", "mine", "step0");
        while (!Directory.Exists(results) || Directory.GetFiles(results, "weight-moments*.parquet").Length == 0)
        {
            Assert.False(sweep.Process.HasExited, sweep.Errors);
            await Task.Delay(20, Stop);
        }

        // Another program's work: .NET would refuse to write to a file that is open here.
        using (var cut = Process.Start("truncate", ["-s", "100000", Path.Combine(run.Input, "mine", "step0", "model.safetensors")]))
        {
            await cut.WaitForExitAsync(Stop);
        }

        await sweep.WaitAsync();
        Assert.Equal(3, sweep.Process.ExitCode);
        Assert.Contains("3 computed, 1 failed", sweep.Output, StringComparison.Ordinal);
        var (_, status, _) = await run.RunAsync("status", "s");
        Assert.Contains("became shorter while it was read", status, StringComparison.Ordinal);
        Assert.Contains("mine/step0/model.safetensors", status.ReplaceLineEndings(""), StringComparison.Ordinal);
    }

    [Fact]
    public async Task NewElementTypes_AreMeasuredOrListed() =>
        await SweepWholeAsync("float8-tensors", "with-c64,with-f4,with-f8-e4m3,with-f8-e8m0,with-u16", "0");

    [Fact]
    public async Task Infinity_InAFieldThatNobodyNeeds_IsNoError() => await SweepWholeAsync("infinity-in-config", "infinite", "0");

    [Fact]
    public async Task LfsPointers_AreCalledThatWithTheWayOut()
    {
        using var run = await CaseRun.MakeAsync("lfs-pointer");
        var (code, _, _) = await run.SweepAsync(run.Input, "pointer-safetensors,pointer-bin", "0", Moments);
        Assert.Equal(3, code);
        var (_, status, _) = await run.RunAsync("status", "s");
        Assert.Equal(2, status.Split("Git LFS pointer").Length - 1);
        Assert.Contains("git lfs pull", status, StringComparison.Ordinal);
    }

    [Fact]
    public async Task TokenizersOfLlamaLikeFamilies_RunOnText()
    {
        using var run = await CaseRun.MakeAsync("llama-like-tokenizers");
        var (code, output, errors) = await run.SweepAsync(
            run.Input, "llama3-splitter,smollm-digits", "0", "residual-stream", "--batch-rows", "4", "--batch-length", "32");
        Assert.True(code == 0, output + errors);
    }

    [Fact]
    public async Task NamesWithAnEqualsSign_AreFound() =>
        await SweepWholeAsync("names-with-an-equals-sign", "lr=0.001_seed=1", "0,10");

    [Fact]
    public async Task OwnFolder_WithoutStepsOrModels_IsSweptWhole()
    {
        using var run = await CaseRun.MakeAsync("own-folder-without-steps");
        foreach (var models in new string[][] { ["--models", "mine"], [] })
        {
            var (code, output, errors) = await run.RunAsync(
                ["sweep", "--source", run.Input, "--name", $"s{models.Length}", "--analyses", Moments, .. models]);
            Assert.True(code == 0, errors);
            Assert.Contains("3 shards", output, StringComparison.Ordinal);
        }

        var (_, listed, _) = await PythiaProcess.RunAsync("models", "--source", run.Input);
        Assert.Contains("mine", listed, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Plan_KnowsTheModelsThatSweepKnows()
    {
        using var run = await CaseRun.MakeAsync("plan-of-own-folder");
        var (code, output, errors) = await run.RunAsync("plan", "--source", run.Input, "--models", "mine", "--steps", "0,10", "--json");
        Assert.True(code == 0, errors);
        Assert.Contains("\"to_run\": 2", output, StringComparison.Ordinal);
        Assert.DoesNotContain("\"bytes\": 0", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Spectra_OfNothingAndOfRankOne_AreEmpty()
    {
        using var run = await CaseRun.MakeAsync("rank-of-nothing");
        var (code, output, errors) = await run.SweepAsync(run.Input, "zeros", "0", "weight-spectrum");
        Assert.True(code == 0, output + errors);
        var rows = await run.ReadSeriesAsync(
            "weight-spectrum", "effective_rank,stable_rank,participation_ratio,log_log_slope,spectral_norm");
        int Place(string column) => Array.IndexOf(rows[0], column);
        var zeros = rows.Where(row => row[Place("spectral_norm")] == "0").ToArray();
        Assert.NotEmpty(zeros);
        Assert.All(
            from row in zeros
            from column in new[] { "effective_rank", "stable_rank", "participation_ratio", "log_log_slope" }
            select row[Place(column)],
            Assert.Empty);
        var ones = rows.Where(row => row[Place("effective_rank")] == "1").ToArray();
        Assert.NotEmpty(ones);
        Assert.All(ones, row => Assert.Empty(row[Place("log_log_slope")]));
    }

    [Fact]
    public async Task RotarySettings_InTwoSpellings_GiveTheSameNumbers()
    {
        using var run = await CaseRun.MakeAsync("rope-parameters-neox");
        var (code, output, errors) = await run.SweepAsync(
            run.Input, "old-spelling,new-spelling", "0", "residual-stream", "--batch", Path.Combine(run.Input, "ids.u16"),
            "--batch-rows", "4", "--batch-length", "32");
        Assert.True(code == 0, output + errors);
        var rows = (await run.ReadSeriesAsync("residual-stream", "loss"))[1..].ToLookup(row => row[0], row => string.Join(',', row[1..]));
        Assert.Equal(rows["old-spelling"], rows["new-spelling"]);
        Assert.StartsWith("9.262", rows["new-spelling"].First().Split(',')[^1], StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("run", "100,200,1000")]
    [InlineData("padded", "0,100,1000")]
    public async Task StepFolders_AsTrainersNameThem_AreSwept(string model, string steps) =>
        await SweepWholeAsync("step-folders-by-other-names", model, steps);

    [Fact]
    public async Task TiedEmbedding_IsReadOnceAndServesTwice()
    {
        using var run = await CaseRun.MakeAsync("tied-embedding-neox");
        var (code, output, errors) = await run.SweepAsync(
            run.Input, "tied", "0", $"{Moments},residual-stream", "--batch", Path.Combine(run.Input, "ids.u16"), "--batch-rows", "4",
            "--batch-length", "32");
        Assert.True(code == 0, output + errors);
        Assert.DoesNotContain(await run.ReadSeriesAsync(Moments, "norm"), row => row[3] == "embed_out");
    }

    [Fact]
    public async Task WrapperPrefixes_AreTakenOff() => await SweepWholeAsync("wrapper-prefixes", "compiled,ddp,both", "0");

    /// <summary>Replaced bytes are noticed everywhere, mixed results are named, and a refresh makes both sweeps agree again.</summary>
    [Fact]
    public async Task WeightsUploadedAgain_AreNoticedAndRefreshed()
    {
        const string analyses = "weight-moments,weight-distance,integrity";
        const string other = "results belong to other bytes than the source serves now";
        using var run = await CaseRun.MakeAsync("weights-uploaded-again");
        var (code, output, errors) = await run.SweepAsync(run.Input, "mine", "0,10,20", analyses);
        Assert.True(code == 0, output + errors);
        var (_, quiet, silent) = await run.RunAsync("verify", "s", "--source");
        Assert.DoesNotContain(other, quiet + silent, StringComparison.Ordinal);
        var before = await run.ReadSeriesAsync(Moments, "norm");

        await Testing.CaseFolder.MakeAsync("weights-uploaded-again", run.Input, "again");
        string[] spec = ["--source", run.Input, "--models", "mine", "--steps", "0,10,20"];
        (code, output, errors) = await run.RunAsync(["plan", .. spec, "--name", "s", "--analyses", analyses]);
        Assert.Equal(0, code);
        Assert.Contains("4 results belong to", output, StringComparison.Ordinal); // the distance of step 20 read step 10 too
        (code, _, errors) = await run.RunAsync(["sweep", .. spec, "--name", "s2", "--analyses", $"{analyses},weight-distribution"]);
        Assert.Equal(0, code);
        Assert.Contains(other, errors, StringComparison.Ordinal);
        (code, output, _) = await run.RunAsync("verify", "s", "--source", run.Input);
        Assert.Equal(1, code);
        Assert.Contains(other, output, StringComparison.Ordinal);
        (code, output, _) = await run.RunAsync("verify", "s2");
        Assert.Equal(1, code);
        Assert.Contains("mine@step10: its results were made from 2 versions", output, StringComparison.Ordinal);
        (_, _, errors) = await run.RunAsync("status", "s2");
        Assert.Contains(other, errors, StringComparison.Ordinal);
        Assert.Contains("mine@step10 were made from different bytes", errors, StringComparison.Ordinal);
        string[][] shown =
        [
            ["series", "s2", "--analysis", Moments], ["report", "s2", "--out", Path.Combine(run.Store, "report")], ["findings", "s2"],
            ["plot", "s2"], ["changepoints", "s2"], ["compare", "s2", "--reference", "s"], ["forecast", "s2"],
        ];
        foreach (var command in shown)
        {
            (_, _, errors) = await run.RunAsync(command);
            Assert.Contains("mine@step10 were made from different bytes", errors, StringComparison.Ordinal);
            Assert.Contains(other, errors, StringComparison.Ordinal);
        }

        (code, output, errors) = await run.RunAsync(["sweep", .. spec, "--name", "s", "--analyses", analyses, "--refresh"]);
        Assert.True(code == 0, errors);
        Assert.Contains("1 already done, 2 computed", output, StringComparison.Ordinal);
        foreach (var sweep in new[] { "s", "s2" })
        {
            (_, output, errors) = await run.RunAsync("verify", sweep, "--source");
            Assert.Contains("No result belongs to other bytes", output, StringComparison.Ordinal);
            Assert.DoesNotContain("versions", output, StringComparison.Ordinal);
        }

        var after = await run.ReadSeriesAsync(Moments, "norm");
        Assert.Equal(before.Where(row => row[1] != "10"), after.Where(row => row[1] != "10"));
        Assert.NotEqual(before.Where(row => row[1] == "10"), after.Where(row => row[1] == "10"));
    }

    private static async Task SweepWholeAsync(string name, string models, string steps)
    {
        using var run = await CaseRun.MakeAsync(name);
        var (code, output, errors) = await run.SweepAsync(run.Input, models, steps, Moments);
        Assert.True(code == 0, output + errors);
        Assert.Contains(", 0 failed", output, StringComparison.Ordinal);
        Assert.DoesNotContain(" 0 computed", output, StringComparison.Ordinal);
    }
}
