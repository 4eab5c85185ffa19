using PythiaOrleans.Numerics.Distributions;
using PythiaOrleans.Numerics.PowerLaws;
using PythiaOrleans.Testing;

namespace PythiaOrleans.Numerics.Tests;

/// <summary>Fits against their definition: of all candidates the one whose tail lies closest to its law.</summary>
public sealed class PowerLawFitTests
{
    public static TheoryData<int, double, int?> Searches { get; } = new()
    {
        { 10, 1, null }, // Exhaustive
        { 10, 1, 200 }, // WholeSample
        { 50, 0.5, 40 }, // UpperHalf
        { 20, 0.4, null },
        { 5, 0.8, 7 },
    };

    [Theory]
    [MemberData(nameof(Searches))]
    public void Fit_IsTheClosestOfAllCandidates(int least, double share, int? candidates)
    {
        var search = new PowerLawSearch(least, share, candidates);
        foreach (var (seed, isCut) in Enumerable.Range(1, 12).SelectMany(_ => new[] { false, true }, (seed, isCut) => (seed, isCut)))
        {
            // A tail over a bulk, rounded so that values occur several times. Some draws have no bulk, some other units and an upper limit.
            var random = new Random(seed);
            var (unit, most) = isCut ? (seed, 1.4) : (1, double.MaxValue);
            double[] values =
            [
                .. Enumerable.Range(0, 40 + (13 * seed))
                    .Select(i => i % 3 < seed % 3 ? 1.2 * random.NextDouble() : Math.Pow(1 - random.NextDouble(), -0.6))
                    .Select(value => unit * Math.Round(Math.Min(value, most), 2)).Where(value => value > 0).OrderDescending(),
            ];
            var fit = PowerLawFit.Fit(PowerLawSample.OfDescending(values), search);
            if (values.Length < least / share)
            {
                Assert.Same(PowerLawFit.None, fit);
                continue;
            }

            var expected = Tails(values, search).MinBy(tail => tail.KolmogorovSmirnov) ?? PowerLawFit.None;
            Assert.Equal((expected.XMin, expected.Count), (fit.XMin, fit.Count));
            Assert.Equal(expected.Alpha, fit.Alpha, 1e-9);
            Assert.Equal(expected.KolmogorovSmirnov, fit.KolmogorovSmirnov, 1e-9);
            Assert.Equal((fit.Alpha - 1) / Math.Sqrt(fit.Count), fit.StandardError);
        }
    }

    [Fact]
    public void TooFewValues_GiveNoFit()
    {
        Assert.Same(PowerLawFit.None, Fit([3, 2, 1], PowerLawSearch.Exhaustive));
        Assert.Same(PowerLawFit.None, Fit([9, 8, 7, 6, 5, 4, 3, 2, 1], PowerLawSearch.Exhaustive));
        Assert.Equal(10, Fit([10, 9, 8, 7, 6, 5, 4, 3, 2, 1], PowerLawSearch.Exhaustive).Count);
        Assert.Same(PowerLawFit.None, Fit([.. Enumerable.Repeat(2.0, 50)], PowerLawSearch.Exhaustive)); // no spread, no exponent
        Assert.Same(
            PowerLawFit.None,
            PowerLawFit.Fit(PowerLawSample.OfMagnitudes(ExactDistribution.OfValues(Sample.Gaussian(91, 99))), PowerLawSearch.UpperHalf));
    }

    /// <summary>p is the share of draws from the law that lie as far from their fit; α's error that of draws from the sample.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)] // the tail is the whole sample
    public void Bootstrap_DrawsFromTheLawAndFromTheSample(bool isWhole)
    {
        var source = new Random(4);
        double[] sample =
        [
            .. Enumerable.Range(0, 60).Select(i => i % 3 == 0 ? 1.5 * source.NextDouble() : Math.Pow(1 - source.NextDouble(), -0.8))
                .OrderDescending(),
        ];
        var fit = isWhole
            ? new PowerLawFit(2, sample[^1], sample.Length, 0.08)
            : Fit(sample, PowerLawSearch.Exhaustive) with { KolmogorovSmirnov = 0.08 };
        Assert.Equal(isWhole, fit.Count == sample.Length);

        const int draws = 40;
        var (random, farther, alphas) = (new Random(9), 0, new List<double>());
        for (var draw = 0; draw < draws; draw++)
        {
            double[] drawn =
            [
                .. sample.Select(_ => random.NextDouble() < fit.Count / (double)sample.Length || isWhole
                    ? fit.XMin * Math.Pow(1 - random.NextDouble(), 1 / (1 - fit.Alpha))
                    : sample[(int)fit.Count + random.Next(sample.Length - (int)fit.Count)]),
            ];
            farther += Fit([.. drawn.OrderDescending()], PowerLawSearch.Exhaustive).KolmogorovSmirnov >= 0.08 ? 1 : 0;
            double[] again = [.. sample.Select(_ => sample[random.Next(sample.Length)]).OrderDescending()];
            alphas.Add(Fit(again, PowerLawSearch.Exhaustive).Alpha);
        }

        var test = PowerLawBootstrap.Test(
            sample, PowerLawSearch.Exhaustive, fit, draws, seed: 9, TestContext.Current.CancellationToken);
        Assert.Equal(farther / (double)draws, test.P, 1e-12);
        Assert.InRange(test.P, 0.05, 0.95);
        Assert.Equal(Math.Sqrt(alphas.Average(alpha => Math.Pow(alpha - alphas.Average(), 2))), test.AlphaError, 1e-9);
    }

    private static PowerLawFit Fit(double[] descending, PowerLawSearch search) =>
        PowerLawFit.Fit(PowerLawSample.OfDescending(descending), search);

    // Each tail that a search may choose, by plain sums over its values.
    private static IEnumerable<PowerLawFit> Tails(double[] descending, PowerLawSearch search)
    {
        double total = descending.Length;
        (double XMin, int Count)[] starts = [.. descending.Distinct().Select(x => (x, descending.Count(value => value >= x)))];
        var (first, last) = (search.MinTailCount, search.MaxTailShare * total);
        var wanted = search.Candidates is { } candidates
            ? Enumerable.Range(0, candidates).Select(i => first * Math.Pow(last / first, i / (candidates - 1.0)))
                .Select(count => starts.First(start => start.Count >= count - 1e-9)).Distinct()
            : starts.Where(start => start.Count >= first && descending.Count(value => value > start.XMin) <= last);
        foreach (var (xmin, count) in wanted)
        {
            var logs = descending.Take(count).Sum(value => Math.Log(value / xmin));
            if (count > 1 && logs > 1e-12)
            {
                double Survival(double x) => Math.Pow(x / xmin, -count / logs);
                yield return new PowerLawFit(1 + (count / logs), xmin, count, descending.Take(count).Max(x => Math.Max(
                    Survival(x) - (descending.Count(value => value > x) / (double)count),
                    (descending.Count(value => value >= x) / (double)count) - Survival(x))));
            }
        }
    }
}
