using PythiaOrleans.Checkpoints.Families;
using PythiaOrleans.Reporting.Findings;
using PythiaOrleans.Reporting.Series;

namespace PythiaOrleans.Reporting.Tests;

/// <summary>
/// Findings on the published series against an independent evaluation (design catalogue, 1.G and 1.I), and on suites whose answer is
/// known.
/// </summary>
public sealed class FindingTests
{
    private static readonly string[] Models = ["pythia-70m", "pythia-160m", "pythia-410m", "pythia-1b", "pythia-1.4b"];
    private static readonly SeriesSet Published = PublishedSeriesTests.Published;
    private static readonly IReadOnlyDictionary<string,
        FindingReport> Reports = FindingCatalog.Judge(Published).ToDictionary(report => report.Id);

    [Fact]
    public void Published_DecidesAtLeastThirteen_AndSaysWhatTheOthersNeed()
    {
        var judged = Reports.Values.Where(report => report.Evidence.Count > 0).ToArray();
        Assert.True(judged.Length >= 18, $"{judged.Length}");
        Assert.All(Reports.Values.Except(judged), report => Assert.StartsWith("needs ", report.Summary, StringComparison.Ordinal));
        Assert.All(judged, report => Assert.NotEmpty(report.Parts));
    }

    [Theory]
    [InlineData("block0-mlp-in-differs", Verdict.Mixed)] // F4: negligible for the smallest model
    [InlineData("layernorm-weights-by-depth", Verdict.Mixed)] // F5, F6; the norm before the MLP is not ordered by depth in any model
    [InlineData("mlp-norms-peak", Verdict.Mixed)] // F3
    [InlineData("mlp-decline-shrinks-with-scale", Verdict.Mixed)] // F2: but for 1b
    [InlineData("qkv-heaviest-tails", Verdict.Fails)] // F10
    [InlineData("embedding-norm-rises-then-decays", Verdict.Holds)] // F11
    [InlineData("bias-twins", Verdict.Holds)] // F12
    [InlineData("attention-norms-vary-by-block", Verdict.Holds)] // F8
    public void Published_HasTheVerdictOfTheIndependentEvaluation(string finding, Verdict expected) =>
        Assert.Equal(expected, Reports[finding].Verdict);

    // The evaluation takes the upper of the two middle blocks as the median; so do these tests, where the product takes the mean of both.
    [Theory]
    [InlineData(Components.MlpIn, new[] { 33, 46, 51, 47, 65 })]
    [InlineData(Components.MlpOut, new[] { 30, 44, 62, 47, 73 })]
    [InlineData(Components.AttentionDense, new[] { 26, 43, 62, 48, 77 })]
    [InlineData(Components.QueryKeyValue, new[] { 45, 60, 66, 50, 74 })]
    public void PublishedNorms_PeakWhereTheEvaluationSays(string component, int[] thousands) =>
        Assert.Equal(thousands, Models.Select(model => (int)Upper(Norms(model, component).Select(curve => curve.PeakStep / 1000.0))));

    [Theory]
    [InlineData(Components.AttentionDense, new[] { 31, 44, 62, 48, 77 })]
    [InlineData(Components.MlpIn, new[] { 41, 58, 72, 52, 79 })]
    [InlineData(Components.MlpOut, new[] { 32, 46, 62, 48, 73 })]
    public void PublishedDistances_PeakWhereTheEvaluationSays(string component, int[] thousands) =>
        Assert.Equal(thousands, Models.Select(model => (int)Upper(Distances(model, component).Select(curve => curve.PeakStep / 1000.0))));

    [Theory]
    [InlineData(Components.AttentionDense, new[] { .53, .73, .88, .78, .96 })]
    [InlineData(Components.MlpIn, new[] { .63, .80, .89, .79, .93 })]
    [InlineData(Components.MlpOut, new[] { .56, .76, .90, .79, .95 })]
    public void PublishedNorms_KeepOfTheirPeakWhatTheEvaluationSays(string component, double[] shares)
    {
        foreach (var (model, share) in Models.Zip(shares))
        {
            Assert.Equal(share, Upper(Norms(model, component).Select(curve => curve.FinalOverPeak)), 0.0101);
        }
    }

    [Fact]
    public void Published_NumbersOfTheOtherPredicates()
    {
        // F4, F5, F6, F8, F11, F7
        Numbers("block0-mlp-in-differs", "block 0's last distance over the median of all blocks", Components.MlpIn, .025, .97, .88, .71,
        .86, .67);
        Numbers("layernorm-weights-by-depth", "smallest norm of block 0 over its first", Components.InputLayerNorm, .02, .74, .81, .84,
        .49, .72);
        Numbers(
            "layernorm-weights-by-depth", "share of block pairs whose last norms are ordered by depth",
            Components.InputLayerNorm, .006, .93, .92, .94, .90, .90);
        Numbers(
            "layernorm-weights-by-depth", "share of block pairs whose last norms are ordered by depth",
            Components.PostAttentionLayerNorm, .006, .80, .61, .68, .66, .81);
        Numbers("embedding-norm-rises-then-decays", "fraction of training of the largest norm", Components.EmbedIn, .002, .148, .282,
        .359, .310, .430);
        Numbers("mlp-biases-asymptote", "last bias norm over largest, median over blocks", Components.MlpIn, .001, 1, 1, 1, 1, 1);
        Assert.True(Reports["bias-twins"].Evidence.Max(item => item.Value) <= 4.35e-4); // F12
        Assert.All(Models, model =>
            Assert.Equal(142_000, Published.Curves("weight-moments", "norm", model, Components.FinalLayerNorm).Single().PeakStep));
    }

    /// <summary>
    /// Science, part 2, fault 5's kind: both curves at equal steps; resampled each on its own, their last points would not be those of
    /// one step.
    /// </summary>
    [Fact]
    public void DistanceTracksNorm_JoinsOnSteps() => Numbers(
        "distance-tracks-norm", "correlation of distance and norm at equal steps, median over blocks",
        Components.AttentionDense, 5e-5, .9682, .9951, .9998, .9993, .9999);

    [Fact]
    public void MlpNormsPeak_HasThePeakOfEachModelAndComponent()
    {
        var report = Reports["mlp-norms-peak"];
        var peaks = report.Evidence.Where(item => item.Part == "place of the peak" && item.Block is null).ToArray();
        Assert.Equal(10, peaks.Length);
        Assert.All(peaks, peak => Assert.Equal(peak.Model == "pythia-70m", peak.Agrees));
        Assert.Equal([33_000, 28_000, 46_000, 44_000, 51_000, 61_000, 46_500, 47_000, 64_500, 73_000], peaks.Select(peak => peak.Step));
        Assert.Equal([Verdict.Mixed, Verdict.Holds], report.Parts.Select(part => part.Verdict));
    }

    [Fact]
    public void MlpNormsPeak_OfNormsThatGrowToTheEnd_Fails() => Assert.Equal(Verdict.Fails, MlpNorms((_, t, _) => t).Verdict);

    [Fact]
    public void MlpNormsPeak_OfAHumpInTheWindow_Holds() =>
        Assert.Equal(Verdict.Holds, MlpNorms((_, t, _) => 2 - Math.Pow(t - 0.2, 2)).Verdict);

    [Fact]
    public void MlpNormsPeak_OfOneModelOfTwo_IsMixed() =>
        Assert.Equal(Verdict.Mixed, MlpNorms((_, t, m) => m == 0 ? t : 2 - Math.Pow(t - 0.2, 2)).Verdict);

    [Theory]
    [InlineData(-1.0, Verdict.Fails)] // Gaussian throughout
    [InlineData(0.02, Verdict.Holds)]
    [InlineData(0.5, Verdict.Fails)] // logistic, but late
    public void MlpLogisticEarly_ByTheCrossing(double crossing, Verdict expected)
    {
        var table = SyntheticSuite.Table(["a", "b"], [(Components.MlpIn, "weight"), (Components.MlpOut, "weight")], [0, 1, 2],
            ("logistic_minus_gaussian", (_, t, _) => crossing < 0 ? -1 : t - crossing));
        Assert.Equal(expected, Judge("mlp-logistic-early", SyntheticSuite.Set("weight-distribution", table)).Verdict);
    }

    [Fact]
    public void ResidualFindings_OfMaximaThatGrowToTheLastBlockAndStep_Fail()
    {
        var set = Residual((block, t, _) => (1 + block) * (0.1 + t));
        var parts = Judge("residual-inverted-u", set).Parts;
        Assert.Equal([Verdict.Holds, Verdict.Fails], parts.Select(part => part.Verdict)); // the first block is low, the last is not
        Assert.Equal(
            [("crests in the first half", Verdict.Fails), ("rises", Verdict.Holds), ("declines", Verdict.Fails)],
            Judge("residual-max-rises-then-falls", set).Parts.Select(part => (part.Name, part.Verdict)));
        Assert.Equal(Verdict.Fails, Judge("residual-outliers-stabilise", set).Verdict);
        Assert.Equal(Verdict.Fails, Judge("residual-max-grows-with-scale", set).Verdict); // equal in all models
    }

    [Fact]
    public void ResidualFindings_OfAnInvertedUThatCrests_Hold()
    {
        var set = Residual((block, t, m) => (1 + m) * (block is 0 or 7 ? 1 : 10) * (1.2 - Math.Pow(t - 0.4, 2)));
        Assert.Equal(Verdict.Holds, Judge("residual-inverted-u", set).Verdict);
        Assert.Equal(Verdict.Holds, Judge("residual-max-rises-then-falls", set).Verdict);
        Assert.Equal(Verdict.Holds, Judge("residual-max-grows-with-scale", set).Verdict);
    }

    [Fact]
    public void QkvOutlierDirections_WhereAnotherMatrixHasThemToo_AreMixed()
    {
        var both = SyntheticSuite.Table(
            ["a"], [(Components.QueryKeyValue, "weight"), (Components.MlpIn, "weight")], [0, 1], ("top_gap", (_, t, _) => 1 + t));
        Assert.Equal(Verdict.Mixed, Judge("qkv-outlier-directions", SyntheticSuite.Set("weight-spectrum", both)).Verdict);
        var alone = SyntheticSuite.Table(
            ["a"], [(Components.QueryKeyValue, "weight"), (Components.MlpIn, "weight")], [0, 1],
                ("top_gap", (block, t, _) => 1 + (block * t)));
        var report = Judge("qkv-outlier-directions", SyntheticSuite.Set("weight-spectrum", alone));
        Assert.Equal(1, report.Evidence.First(item => item.Part == "some QKV blocks").Value);
    }

    [Fact]
    public void Finding_OnAFewCheckpoints_IsUndecided()
    {
        var table = new SeriesFilter
        { ToStep = 5000 }.Apply(SyntheticSuite.Table(["a"], [(Components.MlpIn, "weight")], [0], ("norm", (_, t, _) => t)));
        var report = Judge("mlp-norms-peak", SyntheticSuite.Set("weight-moments", table));
        Assert.Equal(Verdict.Undecided, report.Verdict);
        Assert.Equal("needs 10 checkpoints, has 5", report.Summary);
    }

    private static FindingReport MlpNorms(Func<int, double, int, double> norm) => Judge("mlp-norms-peak", SyntheticSuite.Set(
        "weight-moments", SyntheticSuite.Table(["a", "b"], [(Components.MlpIn, "weight"), (Components.MlpOut, "weight")], [0, 1, 2],
        ("norm", norm))));

    private static SeriesSet Residual(Func<int, double, int, double> max) => SyntheticSuite.Set(
        "residual-stream",
        SyntheticSuite.Table(["a", "b", "c", "d"], [("residual_stream", "all"), ("residual_stream", "inner")], [0, 1, 2, 3, 4, 5, 6, 7],
        ("max_abs", max)));

    private static FindingReport Judge(string id, SeriesSet series) =>
        FindingCatalog.Judge(FindingCatalog.All.Single(finding => finding.Id == id), series);

    private static IReadOnlyList<Curve> Distances(string model, string component) =>
        Published.Curves("weight-distance", "distance", model, component);

    private static IReadOnlyList<Curve> Norms(string model, string component) =>
        Published.Curves("weight-moments", "norm", model, component);

    private static double Upper(IEnumerable<double> values)
    {
        double[] sorted = [.. values.Order()];
        return sorted[sorted.Length / 2];
    }

    private static void Numbers(string finding, string quantity, string component, double tolerance, params double[] expected)
    {
        var found = Reports[finding].Evidence.Where(item => item.Quantity == quantity && item.Component == component)
            .Select(item => item.Value).ToArray();
        Assert.Equal(expected.Length, found.Length);
        Assert.All(expected.Zip(found), pair =>
            Assert.True(Math.Abs(pair.First - pair.Second) <= tolerance,
            $"{finding}, {quantity}: expected {pair.First}, found {pair.Second}"));
    }
}
