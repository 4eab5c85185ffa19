using PythiaOrleans.Checkpoints.Catalog;
using PythiaOrleans.Checkpoints.Families;
using PythiaOrleans.Reporting.Findings;
using PythiaOrleans.Reporting.Series;

namespace PythiaOrleans.Reporting.Tests;

/// <summary>The findings about weight decay, on the published series.</summary>
public sealed class BudgetFindingTests
{
    private static readonly SeriesSet Published = PublishedSeriesTests.Published;

    /// <summary>Embeddings speak for the configured decay in all models, QKV matrices for much less in most.</summary>
    [Fact]
    public void WeightDecay_BendsThePublishedNorms_OfEmbeddingsMostSurely()
    {
        var report = Judge("weight-decay-bends-norms", Published);
        Assert.Equal(Verdict.Mixed, report.Verdict);
        Assert.Equal(5, report.Parts.Single(part => part.Name == "embedding needs decay").Agreeing.Count);
        Assert.Equal(5, report.Parts.Single(part => part.Name == "embedding tells its size").Agreeing.Count);
        Assert.Equal(["pythia-410m", "pythia-1b"], report.Parts.Single(part => part.Name == "matrices need decay").Agreeing);
        var shares = report.Evidence.Where(item => item.Component == Components.EmbedIn && item.Part == "embedding tells its size"
            && item.Agrees is not null);
        Assert.All(shares, item => Assert.InRange(item.Value, 0.95, 1));
    }

    /// <summary>Rank correlations of five models, as science.md computed them by hand: QKV .9, dense 1, MLP-in .9, MLP-out 1, embedding 1
    /// with decay time, and .7, .9, .7, .9, .9 with size.</summary>
    [Fact]
    public void Decline_OfThePublishedNorms_FollowsDecayTime()
    {
        var report = Judge("decline-follows-decay-time", Published);
        Assert.Equal(Verdict.Holds, report.Verdict);
        string[] components =
            [Components.QueryKeyValue, Components.AttentionDense, Components.MlpIn, Components.MlpOut, Components.EmbedIn];
        double Number(string component, string start) => report.Evidence.Single(
            item => item.Component == component && item.Quantity.StartsWith(start, StringComparison.Ordinal)).Value;
        double[] byTime = [.. components.Select(component => Number(component, "last norm over largest: rank correlation"))];
        double[] overSize = [.. components.Select(component => Number(component, "the same minus"))];
        Assert.Equal([0.9, 1, 0.9, 1, 1], byTime.Select(value => Math.Round(value, 9)));
        Assert.Equal([0.2, 0.1, 0.2, 0.1, 0.1], overSize.Select(value => Math.Round(value, 9)));
    }

    /// <summary>Without a schedule nothing is said.</summary>
    [Fact]
    public void WeightDecay_OfUnknownSchedules_IsUndecided()
    {
        var unknown = Published with { Schedules = new Dictionary<string, TrainingSchedule>() };
        var report = Judge("weight-decay-bends-norms", unknown);
        Assert.Equal(Verdict.Undecided, report.Verdict);
        Assert.StartsWith("needs ", report.Summary, StringComparison.Ordinal);
    }

    /// <summary>Each panel is drawn over decay time: models that decayed more reach further.</summary>
    [Theory]
    [InlineData("weight-decay-bends-norms")]
    [InlineData("decline-follows-decay-time")]
    public void Pictures_AreDrawnOverDecayTime(string finding)
    {
        var picture = Judge(finding, Published).Picture;
        Assert.Equal(5, picture.Panels.Count);
        Assert.All(picture.Panels, panel =>
        {
            Assert.Equal(PictureAxis.DecayTime, panel.Axis);
            Assert.Equal(7.39, panel.Lines.Single(line => line.Model == "pythia-70m").X[^1], 0.01);
            Assert.Equal(0.74, panel.Lines.Single(line => line.Model == "pythia-1.4b").X[^1], 0.01);
        });
    }

    private static FindingReport Judge(string id, SeriesSet series) =>
        FindingCatalog.Judge(FindingCatalog.All.Single(finding => finding.Id == id), series);
}
