using System.Diagnostics;

namespace PythiaOrleans.EndToEnd.Tests;

/// <summary>What people reported of hubs: the commands of each case's README, and what must happen.</summary>
public sealed class HubCases
{
    private const string Moments = "weight-moments";

    [Fact]
    public async Task DamagedFile_OfAnotherTool_IsFetchedAgain()
    {
        using var run = await CaseRun.MakeAsync("damaged-file-in-the-shared-cache");
        await using var hub = await run.StartHubAsync("resolvecache", "xet");
        run.Set("HF_HOME", Path.Combine(run.Input, "hf"));
        var (code, output, errors) = await SweepAsync(run, "0,10");
        Assert.True(code == 0, output + errors);
        var norm = (await run.ReadSeriesAsync(Moments, "norm")).First(row => row is ["mine", "10", _, "embed_in" or "embed_out", ..])[^1];
        Assert.StartsWith("3.", norm, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("gated401")]
    [InlineData("gated403")]
    public async Task GatedRepository_IsQuarantinedWithinSeconds(string flag)
    {
        using var run = await CaseRun.MakeAsync("gated-repository-never-ends");
        await using var hub = await run.StartHubAsync(flag);
        var (code, output, errors) = await SweepAsync(run, "0,10");
        Assert.Equal(3, code);
        Assert.Contains("2 failed", output, StringComparison.Ordinal);
        Assert.Contains("accepted its terms", errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Home_WithATilde_IsTheUsersHome()
    {
        using var run = await CaseRun.MakeAsync("home-with-a-tilde");
        await using var hub = await run.StartHubAsync();
        var home = Directory.CreateDirectory(Path.Combine(run.Root, "home")).FullName;
        run.Set("HOME", home);
        run.Set("HF_HOME", "~/hf");
        var (code, output, errors) = await SweepAsync(run, "0");
        Assert.True(code == 0, output + errors);
        Assert.True(Directory.Exists(Path.Combine(home, "hf", "hub", "models--me--mine")));
        Assert.False(Directory.Exists("~"));
    }

    [Fact]
    public async Task Pages_WithAFirstLink_AreReadToTheEnd()
    {
        using var run = await CaseRun.MakeAsync("pages-with-a-first-link");
        await using var hub = await run.StartHubAsync("page=1", "firstlink");
        var (code, output, errors) = await PlanAsync(run, "mine");
        Assert.True(code == 0, errors);
        Assert.Contains("\"to_run\": 2", output, StringComparison.Ordinal);
        Assert.DoesNotContain("are absent", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task PrivateRepository_IsAWarningThatNamesTheToken()
    {
        using var run = await CaseRun.MakeAsync("private-repository-without-token");
        await using var hub = await run.StartHubAsync("token=hf_abc");
        var (code, output, errors) = await PlanAsync(run, "mine");
        Assert.True(code == 0, errors);
        Assert.Contains("private", output, StringComparison.Ordinal);
        Assert.Contains("HF_TOKEN", output, StringComparison.Ordinal);
        run.Set("HF_TOKEN", "hf_abc");
        (_, output, _) = await PlanAsync(run, "mine");
        Assert.DoesNotContain("private", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task RateLimit_IsWaitedForAndToldOf()
    {
        using var run = await CaseRun.MakeAsync("rate-limit-window");
        await using var hub = await run.StartHubAsync("ratelimit=1:6");
        var watch = Stopwatch.StartNew();
        var (code, _, errors) = await PlanAsync(run, "mine");
        Assert.True(code == 0, errors);
        Assert.True(watch.Elapsed >= TimeSpan.FromSeconds(6), $"{watch.Elapsed}"); // not before it was allowed
        Assert.Contains("waiting 6 s", errors, StringComparison.Ordinal);
        Assert.Equal(3, hub.Requests.Length);
    }

    /// <summary>Branches of OLMo's, SmolLM's and a main-only kind: told of, planned and swept without a catalog, and with one.</summary>
    [Fact]
    public async Task BranchesByOtherNames_ArePlannedAndSwept()
    {
        using var run = await CaseRun.MakeAsync("revisions-by-other-names");
        await using var hub = await run.StartHubAsync();
        var (code, output, errors) = await PlanAsync(run, "olmoish,smol");
        Assert.True(code == 0, errors);
        Assert.Contains("me/olmoish@step0", output, StringComparison.Ordinal);
        Assert.Contains("stage1-step10-tokens10B", output, StringComparison.Ordinal);
        (code, output, errors) = await run.RunAsync("plan", "--source", "hub:me", "--models", "mine", "--steps", "0,10", "--json");
        Assert.True(code == 0, errors);
        Assert.Contains("\"to_run\": 2", output, StringComparison.Ordinal);

        var mine = Path.Combine(run.Input, "hub", "me", "mine");
        Directory.CreateDirectory(Path.Combine(run.Input, "hub", "me", "final"));
        Directory.Move(Path.Combine(mine, "step10"), Path.Combine(run.Input, "hub", "me", "final", "main"));
        foreach (var (source, shards) in new[] { ("hub:me/olmoish", 2), ("hub:me/smol", 2), ("hub:me/final", 1) })
        {
            (code, output, errors) = await run.RunAsync(
                "sweep", "--source", source, "--name", source.Split('/')[1], "--analyses", Moments);
            Assert.True(code == 0, output + errors);
            Assert.Contains($"{shards} shards, 0 already done, {shards} computed", output, StringComparison.Ordinal);
        }

        var catalog = Path.Combine(run.Input, "named.json");
        await File.WriteAllTextAsync(
            catalog,
            """
            { "models": [ { "name": "named", "repository": "me/olmoish", "token_count": 320, "steps": [0, 10], "tokens_per_step": 1000000000,
                "revision": "stage1-step{step}-tokens{tokens}B",
                "shape": { "model_type": "gpt_neox", "blocks": 2, "hidden_size": 16, "heads": 2, "intermediate_size": 64,
                    "vocabulary_rows": 320, "context_length": 64 } } ] }
            """,
            TestContext.Current.CancellationToken);
        (code, output, errors) = await run.RunAsync(
            "sweep", "--source", "hub", "--catalog", catalog, "--models", "named", "--steps", "0,10", "--name", "named",
            "--analyses", Moments);
        Assert.True(code == 0, output + errors);
        Assert.Contains("2 computed", output, StringComparison.Ordinal);
    }

    private static Task<(int Code, string Output, string Errors)> SweepAsync(CaseRun run, string steps) =>
        run.SweepAsync("hub", "mine", steps, Moments, "--catalog", Path.Combine(run.Input, "catalog.json"));

    private static Task<(int Code, string Output, string Errors)> PlanAsync(CaseRun run, string models) => run.RunAsync(
        "plan", "--source", "hub", "--catalog", Path.Combine(run.Input, "catalog.json"), "--models", models, "--steps", "0,10",
        "--analyses", Moments, "--json");
}
