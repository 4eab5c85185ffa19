using PythiaOrleans.Testing;

namespace PythiaOrleans.EndToEnd.Tests;

/// <summary>The command against a hub with a repository of 154 revisions, some of which are wrong, and its file as a catalog.</summary>
public sealed class CensusCommandTests
{
    private const string Repository = "EleutherAI/pythia-14m";

    [Fact]
    public async Task Census_OfARepository_WritesPageAndListThatPlansTake()
    {
        await using var hub = await HubServer.StartAsync();
        using var folder = new TemporaryFolder();
        int[] steps = [0, .. Enumerable.Range(0, 10).Select(i => 1 << i), .. Enumerable.Range(1, 143).Select(i => i * 1000)];
        foreach (var step in steps.Where(step => step != 9000))
        {
            hub.Add(Repository, $"step{step}", "config.json", "{}"u8.ToArray());
            hub.Add(Repository, $"step{step}", "pytorch_model.bin", BitConverter.GetBytes(step == 5000 ? 4000 : step));
        }

        var (page, list) = (folder["census.html"], folder["bad.json"]);
        var (code, output, errors) = await RunAsync(
            hub, folder, "census", Repository, "--out", page, "--known-bad", list, "--store", folder["store"]);

        Assert.True(code == 3, errors);
        Assert.Contains("pythia-14m: 153 revisions, 2 wrong, 1 missing, 0 with notes", output, StringComparison.Ordinal);
        Assert.Contains("step5000: the weights are those of step 4000", output, StringComparison.Ordinal);
        var html = await File.ReadAllTextAsync(page, TestContext.Current.CancellationToken);
        Assert.Contains("<b class=\"bad\">2 wrong</b>", html, StringComparison.Ordinal);
        Assert.Equal(steps.Length, html.Split("<td>step").Length - 1);
        Assert.DoesNotContain("http", html.Replace("<html", "", StringComparison.Ordinal), StringComparison.Ordinal);

        var (planned, plan, problem) = await RunAsync(
            hub, folder, "plan", "--source", "hub", "--models", "pythia-14m", "--steps", "4000..6000:1000", "--catalog", list,
            "--store", folder["store"]);
        Assert.True(planned == 0, problem);
        Assert.Contains("2 of the steps are known to be published wrong", string.Join(' ', plan.Split()), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Census_ThatNamesNoModels_SaysWhatToGive()
    {
        await using var hub = await HubServer.StartAsync();
        using var folder = new TemporaryFolder();
        var (code, _, errors) = await RunAsync(hub, folder, "census", "hub", "--store", folder["store"]);
        Assert.Equal(2, code);
        Assert.Contains("--models or --suite", errors, StringComparison.Ordinal);
    }

    private static Task<(int Code, string Output, string Errors)> RunAsync(
        HubServer hub, TemporaryFolder folder, params string[] arguments) => PythiaProcess.RunAsync(
            new Dictionary<string, string>
            {
                ["HF_ENDPOINT"] = hub.Hub.AbsoluteUri,
                ["HF_HOME"] = folder["hf"],
                ["HF_HUB_CACHE"] = "",
                ["HF_HUB_OFFLINE"] = "",
                ["HF_TOKEN"] = "",
            },
            arguments);
}
