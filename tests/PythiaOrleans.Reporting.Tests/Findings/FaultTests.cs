using PythiaOrleans.Checkpoints.Families;
using PythiaOrleans.Numerics.Distributions;
using PythiaOrleans.Numerics.PowerLaws;
using PythiaOrleans.Reporting.Findings;
using PythiaOrleans.Reporting.Series;

namespace PythiaOrleans.Reporting.Tests;

/// <summary>Rules that could not fail, could not hold or did not separate: each on a case that it must reject, with the number.</summary>
public sealed class FaultTests
{
    /// <summary>
    /// The critical value is above the 90 % quantile of true power laws, and not far. The quantile grows slowly with the number of
    /// values, and α plays no part: a Pareto sample of any exponent is a power of one of another.
    /// </summary>
    [Theory]
    [InlineData(1000, 400)]
    [InlineData(4000, 400)]
    [InlineData(30_000, 100)]
    public void PowerLawNeverFits_CriticalValue_RejectsAtMostOneTrueTailInTen(int values, int samples)
    {
        var random = new Random(41);
        double[] scaled =
        [
            .. Enumerable.Range(0, samples).Select(_ =>
            {
                double[] sample = [.. Enumerable.Range(0, values).Select(_ => Math.Pow(1 - random.NextDouble(), -0.5))];
                var fit = PowerLawFit.Fit(PowerLawSample.OfMagnitudes(ExactDistribution.OfValues(sample)), PowerLawSearch.UpperHalf);
                return Math.Sqrt(fit.Count) * fit.KolmogorovSmirnov;
            }).Order(),
        ];
        Assert.InRange(scaled[(int)(0.9 * samples)], PowerLawNeverFits.Critical - 0.13, PowerLawNeverFits.Critical);
    }

    /// <summary>
    /// The rule was 'tail under half of the values', which the search guarantees. A tail close to a power law must fail it.
    /// </summary>
    [Theory]
    [InlineData(0.5, Verdict.Fails)]
    [InlineData(1.5, Verdict.Holds)]
    public void PowerLawNeverFits_CanFail(double scaledDistance, Verdict expected)
    {
        var table = SyntheticSuite.Table(
            ["a", "b"], [(Components.MlpIn, "weight")], [0, 1],
            ("tail_count", (_, _, _) => 10_000), ("tail_ks", (_, _, _) => scaledDistance / 100));
        Assert.Equal(expected, Judge("power-law-never-fits", SyntheticSuite.Set("weight-distribution", table)).Parts.Single().Verdict);
    }

    /// <summary>A law that has no fit, as Student's t of values that are mostly equal, says nothing about the others.</summary>
    [Theory]
    [InlineData(0.005, Verdict.Fails)]
    [InlineData(0.05, Verdict.Holds)]
    public void NoDistributionFits_LeavesOutLawsWithoutAFit(double distance, Verdict expected)
    {
        var table = SyntheticSuite.Table(
            ["a", "b"], [(Components.MlpIn, "weight")], [0, 1], ("gaussian_ks", (_, _, _) => 0.1), ("logistic_ks", (_, _, _) => distance),
            ("laplace_ks", (_, _, _) => 0.2), ("student_ks", (_, _, model) => model == 0 ? 0.2 : double.NaN),
            ("generalised_normal_ks", (_, _, _) => 0.3));
        var report = Judge("no-distribution-fits", SyntheticSuite.Set("weight-distribution", table));
        Assert.Equal(expected, report.Parts.Single().Verdict);
        Assert.All(report.Evidence, item => Assert.Equal(distance, item.Value, 1e-12));
    }

    /// <summary>A median curve hides blocks: two of four blocks with a break are seen, and smooth ones have none.</summary>
    [Fact]
    public void QkvDistanceBreaks_AreSeenBlockByBlock()
    {
        var table = SyntheticSuite.Table(
            ["a"], [(Components.QueryKeyValue, "weight")], [0, 1, 2, 3],
            ("distance", (block, t, _) => Math.Sqrt(t) + (block < 2 ? 3 * Math.Max(0, t - 0.14) : 0) + (1e-4 * Math.Sin(1e5 * t))));
        var report = Judge("qkv-distance-breaks-at-20", SyntheticSuite.Set("weight-distance", table));
        Assert.Equal(0.5, report.Evidence.Single(item => item.Block is null).Value);
        Assert.Equal([0, 1], report.Evidence.Where(item => item.Block is not null).Select(item => item.Block!.Value));
    }

    /// <summary>Both rank correlations and n: with size .7 and .9, with total weight decay .9 and 1 (science, part 1).</summary>
    [Fact]
    public void MlpDecline_StatesBothRankCorrelations()
    {
        var evidence = Judge("mlp-decline-shrinks-with-scale", PublishedSeriesTests.Published).Evidence;
        double[] Rho(string text) =>
            [.. evidence.Where(item => item.Quantity.Contains(text, StringComparison.Ordinal)).Select(item => double.Round(item.Value, 9))];
        Assert.Equal([0.7, 0.9], Rho("rank correlation with model size"));
        Assert.Equal([0.9, 1], Rho("rank correlation with what weight decay alone leaves"));
    }

    /// <summary>
    /// Effective norm at the end, over that where the matrix peaks. The published analysis (science, part 1, statement 34) has the
    /// medians over all blocks, .82, .82, .89, .74, .93 for the MLP and 1.01, .995, .99, .85, .98 for QKV, and counts the declining
    /// blocks, 6, 12, 24, 16, 20 and 6, 7, 12, 14, 5. The claim speaks of blocks that decline: their medians are from a plain loop over
    /// the published file (160m QKV .961, not .995; 1.4b MLP .921, not .93).
    /// </summary>
    [Fact]
    public void LayernormGain_KeepsTheEffectiveNormOfQkvOnly()
    {
        var report = Judge("layernorm-gain-keeps-effective-norm", PublishedSeriesTests.Published);
        Check(Components.MlpIn, [.8213, .8219, .8884, .7390, .9212], [.82, .82, .89, .74, .93], [6, 12, 24, 16, 20]);
        Check(Components.QueryKeyValue, [1.0099, .9608, .9795, .8468, .9781], [1.01, .995, .99, .85, .98], [6, 7, 12, 14, 5]);

        void Check(string component, double[] declining, double[] all, int[] blocks)
        {
            Evidence[] Of(string text) =>
                [.. report.Evidence.Where(item => item.Component == component && item.Quantity.Contains(text, StringComparison.Ordinal))];
            Assert.Equal(blocks.Select(count => $"median over {count} declining blocks"),
                Of("declining blocks").Select(item => item.Quantity.Split(", ")[^1]));
            Assert.All(declining.Zip(Of("declining blocks")), pair => Assert.Equal(pair.First, pair.Second.Value, 5e-5));
            Assert.All(all.Zip(Of("over all")), pair => Assert.Equal(pair.First, pair.Second.Value, 0.0055));
            Assert.Equal(blocks.Sum(), report.Evidence.Count(item => item.Component == component && item.Block is not null));
        }
    }

    /// <summary>The final checkpoint matches itself by definition: it is no evidence of a late rise.</summary>
    [Fact]
    public void SvdDirectionsLate_LeavesTheFinalCheckpointOut()
    {
        var table = SyntheticSuite.Table(
            ["a"], [(Components.MlpIn, "weight")], [0, 1], ("overlap", (_, t, _) => t == 1 ? 1 : 0.1 + (0.2 * t)));
        var straighter = Judge("svd-directions-late",
            SyntheticSuite.Set("svd-directions", table)).Evidence.Single(item => item.Part == "exponential");
        Assert.False(straighter.Agrees); // a straight line but for the last point
    }

    /// <summary>
    /// Directions that drift at one rate are close to the final ones late in training, as any two checkpoints are that lie as near. Only
    /// more than that counts.
    /// </summary>
    [Theory]
    [InlineData(0.8, false)]
    [InlineData(0.95, true)]
    public void SvdDirectionsLate_IsComparedWithDriftInMidTraining(double keptAtTheEnd, bool agrees)
    {
        var table = SyntheticSuite.Table(
            ["a"], [(Components.MlpIn, "weight")], [0, 1],
            ("overlap", (_, t, _) => Math.Pow(keptAtTheEnd, 100 * (1 - t))),
            ("previous_overlap", (_, _, _) => 0.8), ("summed_learning_rate", (_, t, _) => t));
        var drift = Judge("svd-directions-late", SyntheticSuite.Set("svd-directions", table)).Evidence
            .Single(item => item.Part == "more than drift");
        Assert.Equal(keptAtTheEnd - 0.8, drift.Value, 1e-9);
        Assert.Equal(agrees, drift.Agrees);
    }

    /// <summary>A singular value that the same entries make in any order is no direction.</summary>
    [Theory]
    [InlineData(1.1, true)]
    [InlineData(3, false)]
    public void QkvOutlierDirections_AreComparedWithTheMatrixShuffled(double shuffled, bool agrees)
    {
        var own = SyntheticSuite.Table(["a"], [(Components.QueryKeyValue, "weight")], [0, 1], ("top_gap", (_, t, _) => 1 + t));
        var random = SyntheticSuite.Table(["a"], [(Components.QueryKeyValue, "weight")], [0, 1], ("top_gap", (_, _, _) => shuffled));
        var report = Judge("qkv-outlier-directions", SyntheticSuite.Set(("weight-spectrum", own), ("shuffled-spectrum", random)));
        Assert.Equal(agrees, report.Evidence.Single(item => item.Part == "some QKV blocks").Agrees);
        Assert.Equal(shuffled, report.Evidence.Single(item => item.Part.Length == 0).Value);
    }

    /// <summary>A spectrum whose tail is likelier lognormal does not pass because it lies close to some power law.</summary>
    [Fact]
    public void MlpSpectrum_LikelierLognormal_IsNoPowerLaw()
    {
        SeriesSet Spectrum(double ratio, double count) => SyntheticSuite.Set("weight-spectrum", SyntheticSuite.Table(
            ["a"], [(Components.MlpIn, "weight")], [0, 1, 2],
            ("power_law_ks", (block, _, _) => block == 0 ? 0.09 : 0.05), ("power_law_count", (_, _, _) => count),
            ("power_law_vs_lognormal", (_, _, _) => ratio), ("power_law_vs_lognormal_p", (_, _, _) => 0.01),
            ("power_law_vs_exponential", (_, _, _) => 3), ("power_law_vs_exponential_p", (_, _, _) => 0.01)));
        Verdict? Part(SeriesSet series) =>
            Judge("mlp-spectrum-powerlaw-at-once", series).Parts.SingleOrDefault(part => part.Name == "power law at once")?.Verdict;
        Assert.Equal(Verdict.Fails, Part(Spectrum(-3, 100)));
        Assert.Equal(Verdict.Holds, Part(Spectrum(3, 100)));
        Assert.Null(Part(Spectrum(3, 40))); // too few values to tell
    }

    /// <summary>Curves alike but for a scale share everything; opposite ones share nothing.</summary>
    [Fact]
    public void CurveAgreement_SeparatesAlikeFromOpposite()
    {
        int[] steps = [.. Enumerable.Range(1, 50)];
        Curve Of(Func<double, double> f) => new("m", "c", "weight", null, steps, [.. steps.Select(step => f(step / 50.0))]);
        double[] time = [.. steps.Select(step => step / 50.0)];
        Curve[] alike = [Of(t => 1 + t), Of(t => 5 + (5 * t))], opposite = [Of(t => 1 + t), Of(t => 1 / (1 + t))];
        Assert.Equal(0, CurveAgreement.VarianceBetween(alike, [time, time]), 1e-12);
        Assert.Equal(1, CurveAgreement.VarianceBetween(opposite, [time, time]), 1e-12);
        Assert.Equal(1, CurveAgreement.OfChanges([Of(t => t * t), Of(t => 3 * t * t)]), 1e-12);
        Assert.True(CurveAgreement.OfChanges([Of(t => t * t), Of(Math.Sqrt)]) < 0);
    }

    /// <summary>A claim with several parts has a verdict for each: one part that fails does not make the others fail.</summary>
    [Fact]
    public void PartsOfAClaim_AreJudgedEach()
    {
        var parts = Judge("mlp-distance-peaks", PublishedSeriesTests.Published).Parts.ToDictionary(part => part.Name, part => part.Verdict);
        Assert.Equal(Verdict.Holds, parts["declines or asymptotes"]);
        Assert.Equal(Verdict.Fails, parts["place of the peak"]);
    }

    private static FindingReport Judge(string id, SeriesSet series) =>
        FindingCatalog.Judge(FindingCatalog.All.Single(finding => finding.Id == id), series);
}
