using PythiaOrleans.Reporting.Findings;
using PythiaOrleans.Reporting.NullModels;

namespace PythiaOrleans.Reporting.Tests;

/// <summary>The table of null rates that comes with the program is that of the rules as they are.</summary>
public sealed class NullTests
{
    /// <summary>The whole of what is quick to draw again.</summary>
    [Fact]
    public void Table_OfRandomWalks_IsReproduced()
    {
        var model = NullTrial.Models.Single(candidate => candidate.Name == "random-walk");
        var rates = NullTrial.Run(model, FindingCatalog.All, NullTrial.DefaultDraws, null, TestContext.Current.CancellationToken);
        Assert.Equal(
            rates.Select(NullRates.ToLine).Order(StringComparer.Ordinal),
            NullRates.All.Where(rate => rate.Null == model.Name).Select(NullRates.ToLine).Order(StringComparer.Ordinal));
    }

    /// <summary>One draw of every null model: what it passed is in the table's count, what it did not pass is not.</summary>
    [Theory]
    [InlineData("initialised")]
    [InlineData("shuffled")]
    [InlineData("smooth")]
    public void Table_ContainsTheFirstDraw(string name)
    {
        var model = NullTrial.Models.Single(candidate => candidate.Name == name);
        var first = NullTrial.Run(model, FindingCatalog.All, 1, null, TestContext.Current.CancellationToken);
        Assert.True(first.Count > 10);
        Assert.All(first, rate =>
        {
            var all = Assert.Single(NullRates.All,
                known => (known.Finding, known.Part, known.Null) == (rate.Finding, rate.Part, rate.Null));
            Assert.InRange(all.Passed, rate.Passed, all.Judged - (rate.Judged - rate.Passed));
        });
    }

    [Fact]
    public void FindingThatPassesANullTooOften_CannotHold() => Assert.All(
        FindingCatalog.Judge(PublishedSeriesTests.Published).Where(report => report.Verdict == Verdict.Holds),
        report => Assert.All(
            report.Chance.Where(rate => !FindingCatalog.All.Single(finding => finding.Id == report.Id).AssertedNulls.Contains(rate.Null)),
            rate => Assert.InRange(rate.Rate, 0, NullRate.MaxRate)));

    /// <summary>A random walk's norm and distance grow to the end: claims of a peak must not pass on it.</summary>
    [Theory]
    [InlineData("mlp-norms-peak")]
    [InlineData("mlp-distance-peaks")]
    [InlineData("qkv-distance-breaks-at-20")]
    [InlineData("embedding-norm-rises-then-decays")]
    public void RandomWalk_PassesNoClaimOfAPeakOrBreak(string finding) => Assert.All(
        NullRates.Find(finding, NullRate.Whole).Where(rate => rate.Null == "random-walk"), rate => Assert.InRange(rate.Rate, 0, 0.05));
}
