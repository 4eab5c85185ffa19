using System.Globalization;
using PythiaOrleans.Testing;

namespace PythiaOrleans.EndToEnd.Tests;

/// <summary>Scores, seeds and the census of a sweep, as a user asks for them.</summary>
public sealed class EvaluationCommandTests
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Evals_OfImportedResults_SayWhichModelDegrades()
    {
        using var folder = new TemporaryFolder();
        double[] scores = [0.1, 0.4, 0.5, 0.3];
        foreach (var (score, i) in scores.Select((score, i) => (score, i)))
        {
            Directory.CreateDirectory(folder[$"results/my-model/step{1000 * i}"]);
            var results = $$$"""{"piqa": {"acc,none": {{{score.ToString(CultureInfo.InvariantCulture)}}}, "acc_stderr,none": 0.01}}""";
            await File.WriteAllTextAsync(
                folder[$"results/my-model/step{1000 * i}/results.json"],
                $$$"""{"results": {{{results}}}, "config": {"model_args": "pretrained=me/my-model"}}""",
                Stop);
        }

        var (code, output, errors) = await PythiaProcess.RunAsync(
            "evals", "import", folder["results"], "--name", "mine", "--store", folder["store"]);
        Assert.True(code == 0, errors);
        Assert.StartsWith("4 scores of 4 checkpoints, 1 tasks", output, StringComparison.Ordinal);

        (code, output, errors) = await PythiaProcess.RunAsync(
            "evals", "saturation", "--tasks", "piqa", "--models", "my-model", "--store", folder["store"]);
        Assert.True(code == 0, errors);
        Assert.Contains("z 14.1: degrades from step 2000", output, StringComparison.Ordinal);

        (code, _, errors) = await PythiaProcess.RunAsync(
            "evals", "saturation", "--tasks", "piqa", "--models", "nobody", "--store", folder["store"]);
        Assert.Equal(2, code);
        Assert.Contains("pythia evals list", errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Sweep_WithACopiedStep_IsFoundByItsCensusAndShownByItsMap()
    {
        using var suite = new TinySuite(steps: 5);
        File.Copy(suite.WeightsOf("tiny-a", 30), suite.WeightsOf("tiny-a", 20), overwrite: true);
        var (code, output, errors) = await PythiaProcess.RunAsync(suite.SweepArguments("store"));
        Assert.True(code == 0, errors);

        (code, output, errors) = await PythiaProcess.RunAsync("census", "--sweep", "tiny", "--store", suite.Store("store"));
        Assert.True(code == 3, errors);
        Assert.Contains("step20: all weights are those of step 30", output, StringComparison.Ordinal);

        var map = Path.Combine(suite.Folder, "map.svg");
        (code, output, errors) = await PythiaProcess.RunAsync(
            "seeds", "map", "tiny", "--states", "2", "--out", map, "--store", suite.Store("store"));
        Assert.True(code == 0, errors);
        Assert.Contains("\ntiny-b: ", output.ReplaceLineEndings("\n"), StringComparison.Ordinal);
        Assert.StartsWith("<svg", await File.ReadAllTextAsync(map, Stop), StringComparison.Ordinal);
    }
}
