using System.Text.Json;

namespace PythiaOrleans.EndToEnd.Tests;

/// <summary>Sweeps of families other than Pythia's are judged by the same findings: those name roles, not tensors.</summary>
public sealed class FamilyFindingsTests
{
    /// <summary>
    /// Twenty of the claims at least, of one model: claims about model size need four, and a family without biases has no claims about
    /// them. What is judged is judged by rows of the model itself.
    /// </summary>
    [Theory]
    [InlineData("gpt_neox", "attention.query_key_value")]
    [InlineData("gpt2", "attention.query_key_value")]
    [InlineData("llama", "attention.query")]
    public async Task Sweep_OfAFamily_IsJudgedOnTwentyFindings(string family, string queries)
    {
        using var suite = new TinyFamilies(family);
        await SucceedAsync(
            "sweep", "--source", suite.Source, "--store", suite.Store, "--name", family, "--models", TinyFamilies.Model,
            "--steps", $"0..{TinyFamilies.LastStep}:10", "--reference-step", "0",
            "--batch", suite.Batch, "--batch-rows", "2", "--batch-length", "64");
        var page = Path.Combine(suite.Store, "findings.html");
        using var answer = JsonDocument.Parse(await SucceedAsync("findings", family, "--store", suite.Store, "--json", "--out", page));
        var judged = answer.RootElement.GetProperty("findings").EnumerateArray()
            .Where(finding => finding.GetProperty("parts").GetArrayLength() > 0).ToArray();
        Assert.True(judged.Length >= 20, $"{family}: {judged.Length} findings were judged");
        Assert.All(judged, finding => Assert.NotEqual(0, finding.GetProperty("picture").GetProperty("panels").GetArrayLength()));
        string[] ComponentsOf(string id) =>
        [
            .. judged.Single(finding => finding.GetProperty("id").GetString() == id).GetProperty("evidence").EnumerateArray()
                .Select(item => item.GetProperty("component").GetString()!).Distinct(),
        ];
        Assert.Contains(queries, ComponentsOf("weights-become-logistic"));
        Assert.Equal(family == "llama", ComponentsOf("mlp-norms-peak").Contains("mlp.gate"));
        Assert.Contains("Findings of", await File.ReadAllTextAsync(page, TestContext.Current.CancellationToken), StringComparison.Ordinal);

        var screen = await SucceedAsync("findings", family, "--store", suite.Store);
        Assert.StartsWith("The claims were made about Pythia", screen, StringComparison.Ordinal);
        Assert.Contains($"{judged.Length} of {answer.RootElement.GetProperty("findings").GetArrayLength()} claims were judged", screen,
            StringComparison.Ordinal);
        Assert.Contains("Loss, nats a token", screen, StringComparison.Ordinal);
    }

    private static async Task<string> SucceedAsync(params string[] arguments)
    {
        var (code, output, errors) = await PythiaProcess.RunAsync(arguments);
        Assert.True(code == 0, $"pythia {string.Join(' ', arguments)}: exit code {code}\n{errors}");
        return output;
    }
}
