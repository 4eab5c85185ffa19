using PythiaOrleans.Checkpoints.Families;
using PythiaOrleans.Reporting.Findings;
using PythiaOrleans.Reporting.Series;

namespace PythiaOrleans.Reporting.Tests;

/// <summary>What a reader is told first: how the suite differs from Pythia, what was found, and how much of it is chance.</summary>
public sealed class FirstScreenTests
{
    [Fact]
    public void Caveat_OfSmallModels_SaysTheirSizesAndSteps()
    {
        var caveat = SuiteCaveat.Find(Suite(parameters: 23_456, steps: 715));
        Assert.Contains("2 small models of 23,000 to 47,000 parameters at up to 715 steps", caveat, StringComparison.Ordinal);
    }

    [Fact]
    public void Caveat_OfPythia_IsNone()
    {
        Assert.Null(SuiteCaveat.Find(PublishedSeriesTests.Published));
        Assert.Null(SuiteCaveat.Find(Suite(parameters: 20_000_000, steps: 143_000)));
        Assert.NotNull(SuiteCaveat.Find(Suite(parameters: 20_000_000, steps: 1000)));
    }

    /// <summary>The peaks of the five models, beside the window that the claim names.</summary>
    [Fact]
    public void Sentence_SaysWhatWasFoundAndWhatTheClaimSays()
    {
        var report = Judge("mlp-norms-peak");
        Assert.Contains("place of the peak: 1 of 5 agree (pythia-70m)", report.Summary, StringComparison.Ordinal);
        Assert.Contains("(mlp.dense_h_to_4h): 0.232, 0.324, 0.359, 0.327, 0.454; the claim says 0.14 to 0.28 of training",
            report.Summary, StringComparison.Ordinal);
    }

    /// <summary>A text that differs between the models in a number says what they share, with the values of all of them.</summary>
    [Fact]
    public void Sentence_OfQuantitiesThatDifferInANumber_HasAllValues()
    {
        var summary = Judge("qkv-distance-breaks-at-20").Summary;
        Assert.Contains("share of ... blocks with a break between 0.09 and 0.19 of training: 0, 0.", summary, StringComparison.Ordinal);
        Assert.Contains("of the MLP's ...", Judge("attention-norms-vary-by-block").Summary.Replace("times", "of", StringComparison.Ordinal),
            StringComparison.Ordinal);
    }

    /// <summary>What is missing is named: biases that a family does not have, models for a claim about size.</summary>
    [Fact]
    public void Sentence_OfWhatWasNotJudged_NamesWhatIsMissing()
    {
        var series = SyntheticSuite.Set("weight-moments", SyntheticSuite.Table(
            ["a"], [(Components.MlpIn, "weight"), (Components.FinalLayerNorm, "weight")], [null, 0, 1], ("norm", (_, t, _) => 1 + t)));
        string Summary(string id) => FindingCatalog.Judge(FindingCatalog.All.Single(finding => finding.Id == id), series).Summary;
        Assert.Equal(
            "needs weight-moments.norm of mlp.dense_h_to_4h or mlp.gate or mlp.dense_4h_to_h bias, which these models do not have",
            Summary("mlp-biases-asymptote"));
        Assert.Equal("needs more models, blocks or checkpoints than there are", Summary("final-layernorm-grows-with-scale"));
        Assert.Equal("needs weight-distance.distance", Summary("mlp-distance-peaks"));
    }

    /// <summary>Rates of chance per model add up to how many of the judged pairs would agree.</summary>
    [Fact]
    public void Multiplicity_CountsPairsAndWhatChanceWouldGive()
    {
        var reports = FindingCatalog.Judge(PublishedSeriesTests.Published);
        var counted = Multiplicity.Count(reports, PublishedSeriesTests.Published.Models);
        var judged = reports.Where(report => report.Parts.Count > 0).ToArray();
        Assert.Equal((FindingCatalog.All.Count, judged.Length), (counted.Findings, counted.Judged));
        Assert.Equal(reports.Sum(report => report.Evidence.Count(item => item.Agrees is not null)), counted.Comparisons);
        Assert.InRange(counted.ByChance, 0.1, counted.Agreeing);
        var one = reports.Single(report => report.Id == "block0-mlp-in-differs");
        Assert.Equal(0.6, Multiplicity.Count([one], PublishedSeriesTests.Published.Models).ByChance, 1e-9); // 5 models, .12 on random walks
        Assert.Contains($"{judged.Length} of {FindingCatalog.All.Count} claims were judged", counted.ToString(), StringComparison.Ordinal);
    }

    private static SeriesSet Suite(int parameters, int steps) => SyntheticSuite.Set("weight-moments", SyntheticSuite.Table(
        ["a", "b"], [(Components.MlpIn, "weight")], [0], steps, ("count", (_, _, model) => parameters * (model + 1))));

    private static FindingReport Judge(string id) =>
        FindingCatalog.Judge(FindingCatalog.All.Single(finding => finding.Id == id), PublishedSeriesTests.Published);
}
