using PythiaOrleans.Checkpoints.Families;
using PythiaOrleans.Reporting.Findings;
using PythiaOrleans.Reporting.Series;

namespace PythiaOrleans.Reporting.Tests;

/// <summary>Which rows findings read, on rows as a real sweep writes them.</summary>
public sealed class RowTests
{
    /// <summary>
    /// nano-2 has 3 blocks, whose rows 'all' and 'inner' together would look like 6; only nano-5 and nano-6 have the 5 that the rule
    /// asks for.
    /// </summary>
    [Fact]
    public void InvertedU_JudgesModelsByTheirBlocks()
    {
        var judged = Judge("residual-inverted-u", NanoSeries.All).Evidence;
        Assert.Equal(["nano-5", "nano-6"], judged.Select(item => item.Model).Distinct());
        Assert.DoesNotContain(judged, item => item.Value == 1); // a block beside itself
    }

    /// <summary>The final norm's values, 7.314 and 7.186 of the two smallest models, are no part of the stream.</summary>
    [Fact]
    public void MaxGrowsWithScale_ReadsTheStreamAlone()
    {
        var report = Judge("residual-max-grows-with-scale", NanoSeries.All);
        Assert.Equal(Verdict.Holds, report.Verdict);
        double[] expected = [6.140, 6.529, 8.303, 10.18, 19.67, 32.84];
        Assert.Equal(expected,
        report.Evidence.Where(item => item.Model.Length > 0).Select(item => double.Round(item.Value, item.Value < 10 ? 3 : 2)));
        Assert.Equal(5, report.Evidence.Single(item => item.Quantity.EndsWith("of 5 pairs", StringComparison.Ordinal)).Value);
    }

    /// <summary>A component's pooled row is not one more block: the median over nano-1's two blocks is their mean.</summary>
    [Fact]
    public void WeightsBecomeLogistic_LeavesThePooledRowOut()
    {
        var curves = NanoSeries.All.Curves("weight-distribution", "logistic_minus_gaussian", "nano-1", Components.QueryKeyValue);
        Assert.Equal([null, 0, 1], curves.Select(curve => curve.Block).Order());
        var expected = curves.Where(curve => curve.Block is not null).Average(curve => curve.First);
        var found = Judge("weights-become-logistic", NanoSeries.All).Evidence.First(item => item.Model == "nano-1");
        Assert.Equal(expected, found.Value, 1e-12);
    }

    /// <summary>Families that keep queries, keys and values apart are judged by those three.</summary>
    [Fact]
    public void QueryKeyValue_InAFamilyThatKeepsThemApart_IsAllThree()
    {
        var apart = SyntheticSuite.Table(
            ["llama"], [(Components.Query, "weight"), (Components.Key, "weight"), (Components.Value, "weight"),
                (Components.MlpIn, "weight")], [0, 1, 2, 3],
            ("norm", (block, t, _) => (1 + block) * (1 + t)));
        var report = Judge("attention-norms-vary-by-block", SyntheticSuite.Set("weight-moments", apart));
        Assert.Equal(
            [Components.Query, Components.Key, Components.Value],
            report.Evidence.Where(item => item.Part == "last blocks largest").Select(item => item.Component));
    }

    /// <summary>A model that has both, as the spectrum of GPT-NeoX, is judged by the fused matrix.</summary>
    [Fact]
    public void QueryKeyValue_WhereTheFusedMatrixIsThere_IsThatAlone()
    {
        var both = SyntheticSuite.Table(
            ["neox"], [(Components.QueryKeyValue, "weight"), (Components.Query, "weight")], [0, 1], ("top_gap", (_, t, _) => 1 + t));
        Assert.All(
            new SeriesColumn("weight-spectrum", "top_gap", Components.QueryKeyValue)
                .Select(SyntheticSuite.Set("weight-spectrum", both), "neox"),
            curve => Assert.Equal(Components.QueryKeyValue, curve.Component));
    }

    [Fact]
    public void Ratio_IsJoinedOnSteps()
    {
        var table = SyntheticSuite.Table(["a"], [(Components.MlpIn, "weight")], [0], ("max_abs", (_, t, _) => 6 * t),
            ("std", (_, t, _) => t > 0.5 ? t : 0));
        var measure = new Measure("ratio", new SeriesColumn("weight-moments", "max_abs", Components.MlpIn))
        {
            Per = new SeriesColumn("weight-moments", "std", Components.MlpIn),
        };
        var curve = Assert.Single(measure.Curves(SyntheticSuite.Set("weight-moments", table), "a"));
        Assert.Equal(51_000, curve.Steps[0]);
        Assert.All(curve.Values, value => Assert.Equal(6, value, 1e-12));
    }

    private static FindingReport Judge(string id, SeriesSet series) =>
        FindingCatalog.Judge(FindingCatalog.All.Single(finding => finding.Id == id), series);
}
