using PythiaOrleans.Checkpoints.Catalog;
using PythiaOrleans.Core.Storage;
using PythiaOrleans.Reporting.Capability;
using PythiaOrleans.Reporting.Findings;
using PythiaOrleans.Reporting.Published;
using PythiaOrleans.Reporting.Series;

namespace PythiaOrleans.Reporting.Tests;

/// <summary>The evaluations that come with the program, against numbers from elsewhere.</summary>
public sealed class EvaluationTests
{
    private static readonly IReadOnlyList<Evaluation> Lambada =
        [.. PublishedEvaluations.Load(task => task == "lambada_openai").Where(score => score is { Metric: "acc", Shots: 0 })];

    private static readonly string[] Released =
    [
        .. new[] { "70m", "160m", "410m", "1b", "1.4b", "2.8b", "6.9b", "12b" }
            .SelectMany(size => new[] { $"pythia-{size}", $"pythia-{size}-deduped" }),
    ];

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("pythia-70m", 0.1846)]
    [InlineData("pythia-160m", 0.3284)]
    [InlineData("pythia-410m", 0.5162)]
    [InlineData("pythia-1b", 0.5620)]
    [InlineData("pythia-1.4b", 0.6161)]
    [InlineData("pythia-12b", 0.7046)]
    public void Published_LambadaAtTheEnd_IsThatOfTheSource(string model, double expected)
    {
        var score = Lambada.Single(score => score.Model == model && score.Step == 143_000);
        Assert.Equal(expected, score.Value, 0.00005);
        Assert.InRange(score.StandardError!.Value, 0.004, 0.008);
    }

    [Fact]
    public void Published_HoldsAllTasksAndNamesItsLicence()
    {
        var all = PublishedEvaluations.Load();
        Assert.Equal(180_946, all.Count);
        Assert.Equal(155, all.Select(score => score.Task).Distinct().Count());
        Assert.Contains("Apache License, Version 2.0", PublishedEvaluations.Licence, StringComparison.Ordinal);
        var known = ModelCatalog.Default.Models.Select(model => model.Name).ToHashSet();
        Assert.Equal(
            ["pythia-1.4b-1MtokBS", "pythia-160m-0.5MtokBS", "pythia-1b-0.5MtokBS", "pythia-410m-0.5MtokBS", "pythia-70m-0.25MtokBS"],
            all.Select(score => score.Model).Distinct().Where(model => !known.Contains(model)).Order(StringComparer.Ordinal));
    }

    /// <summary>Exactly four of sixteen models degrade, 160m from step 63,000; the z of the others stay below 1.4.</summary>
    [Fact]
    public void Saturation_OfLambada_IsThatOfTheFourSmallModels()
    {
        var found = ScoreCurve.From(Lambada.Where(score => Released.Contains(score.Model))).Select(Saturation.Of)
            .ToDictionary(one => one.Model);
        Assert.Equal(16, found.Count);
        Assert.Equal(
            ["pythia-160m", "pythia-160m-deduped", "pythia-70m", "pythia-70m-deduped"],
            found.Values.Where(one => one.Degrades).Select(one => one.Model).Order(StringComparer.Ordinal));
        Assert.Equal(63_000, found["pythia-160m"].BestStep);
        Assert.Equal((8.5, 8.4), (Math.Round(found["pythia-70m"].Z, 1), Math.Round(found["pythia-70m-deduped"].Z, 1)));
        Assert.Equal((7.5, 5.9), (Math.Round(found["pythia-160m"].Z, 1), Math.Round(found["pythia-160m-deduped"].Z, 1)));
        Assert.All(found.Values.Where(one => !one.Degrades), one => Assert.InRange(one.Z, 0, 1.4));
    }

    /// <summary>Of perplexities the smallest is the best.</summary>
    [Fact]
    public void Saturation_OfAPerplexity_LooksForTheSmallest()
    {
        var curve = new ScoreCurve("a", "lambada_openai", "ppl", [1, 2, 3], [10, 5, 8], [0.1, 0.1, 0.1]);
        var found = Saturation.Of(curve);
        Assert.Equal((2, 5), (found.BestStep, found.Best));
        Assert.Equal(3 / Math.Sqrt(0.02), found.Z, 1e-9);
        Assert.True(double.IsNaN(Saturation.Of(curve with { Errors = [0.1, double.NaN, 0.1] }).Z));
    }

    [Fact]
    public void Finding_OnTheReleasedModels_HoldsInEachOfThem()
    {
        var series = EvaluationSeries.Create([.. Lambada.Where(score => Released.Contains(score.Model))], ModelCatalog.Default);
        var report = FindingCatalog.Judge(FindingCatalog.All.Single(finding => finding.Id == "late-training-harms-small-models"), series);

        Assert.Equal(Verdict.Holds, report.Verdict);
        Assert.All(Released, model => Assert.Equal(Verdict.Holds, report.VerdictOf(model)));
        Assert.Equal(3, report.Parts.Count);
        Assert.Equal(4, report.Parts.Single(part => part.Name == "small models lose accuracy").Judged);
        Assert.NotEmpty(report.Chance);
        var panel = Assert.Single(report.Picture.Panels, panel => panel.Measure == "accuracy on LAMBADA");
        Assert.Equal(16, panel.Lines.Count);
        Assert.Contains(panel.Marks, mark => mark is { Model: "pythia-160m", X: 63_000 });
    }

    /// <summary>The post measured the first release: its series get the scores of those models, under their own names.</summary>
    [Fact]
    public async Task Join_WithThePublishedSeries_TakesTheFirstRelease()
    {
        var series = await FindingEvaluations.JoinAsync(PublishedSeries.Load(), null, ModelCatalog.Default, Stop);
        var curve = Assert.Single(series.Curves("evaluation", "score", "pythia-70m", "lambada_openai", "acc"));
        Assert.Equal(0.239, curve.Last, 0.0005);
        Assert.Equal(0.267, curve.Values[Array.IndexOf(curve.Steps, 73_000)], 0.0005);
        Assert.Equal(5, series.Models.Count);
    }

    [Fact]
    public async Task Store_OfAnImport_CountsBeforeThePublished()
    {
        var folder = Directory.CreateTempSubdirectory("pythia-evals-").FullName;
        try
        {
            var store = new EvaluationStore(new FolderBlobStore(folder));
            await store.WriteAsync(
                "mine",
                [
                    new Evaluation("pythia-70m", 143_000, "lambada_openai", "acc", 0, 0.5, null),
                    new Evaluation("my-model", 10, "lambada_openai", "acc", 0, 0.25, 0.01),
                ],
                ModelCatalog.Default,
                Stop);

            var all = await store.ReadAllAsync(task => task == "lambada_openai", Stop);
            Assert.Equal(["mine"], await store.ListAsync(Stop));
            var replaced = all.Single(score => score is { Model: "pythia-70m", Step: 143_000, Metric: "acc", Shots: 0 });
            Assert.Equal((0.5, null), (replaced.Value, replaced.StandardError));
            Assert.Equal(0.01, all.Single(score => score.Model == "my-model").StandardError);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }
}
