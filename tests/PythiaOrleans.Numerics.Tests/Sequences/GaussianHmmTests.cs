using PythiaOrleans.Numerics.Sequences;

namespace PythiaOrleans.Numerics.Tests;

public sealed class GaussianHmmTests
{
    // Two states, the second more often seen, in two sequences of two values.
    private static readonly double[][][] Two =
    [
        [[0.1, 5], [-0.3, 5.4], [3.1, 1], [2.6, 1.6], [3.3, 0.8], [0.2, 4.7]],
        [[2.9, 1.3], [3.4, 0.6], [2.5, 1.1], [-0.1, 5.2], [3, 1.2]],
    ];

    /// <summary>The sum over all ways through the states, of which the likeliest is decoded; nothing close by is likelier.</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Fit_HasTheLikelihoodOfAllPaths(int states)
    {
        var model = GaussianHmm.Fit(Two, states, 4, 1);
        double[][] start = [[.. model.Start]];
        double[][] transition = Copy(model.Transition), means = Copy(model.Means), variances = Copy(model.Variances);
        double LogLikelihood() => Two.Sum(run => Math.Log(Paths(run, start[0], transition, means, variances).Sum(path => path.Chance)));
        Assert.Equal(LogLikelihood(), model.LogLikelihood, 1e-9);
        var free = (states - 1) + (states * (states - 1)) + (2 * states * 2);
        Assert.Equal((-2 * model.LogLikelihood) + (free * Math.Log(11)), model.Bic, 1e-9);
        Assert.All(Two, run => Assert.Equal(
            Paths(run, start[0], transition, means, variances).MaxBy(path => path.Chance).States, model.Decode(run)));

        Assert.All(transition.Concat(start), row => Assert.Equal(1, row.Sum(), 1e-12));
        if (states > 2)
        {
            return; // states of one or two values, at the floor of their variances
        }

        foreach (var row in means.Concat(variances))
        {
            Assert.All(Enumerable.Range(0, row.Length), i => AssertNoBetter(() => row[i] += 0.03, () => row[i] -= 0.03));
        }

        foreach (var row in transition.Concat(start).Where(row => row.Length > 1 && row.Min() > 0.1))
        {
            void Shift(double by) => (row[0], row[1]) = (row[0] + by, row[1] - by);
            AssertNoBetter(() => Shift(0.05), () => Shift(-0.05));
        }

        void AssertNoBetter(Action up, Action down)
        {
            up();
            Assert.InRange(LogLikelihood(), double.NegativeInfinity, model.LogLikelihood);
            down();
            down();
            Assert.InRange(LogLikelihood(), double.NegativeInfinity, model.LogLikelihood);
            up();
        }
    }

    [Fact]
    public void FitBest_HasTheSmallestCriterion()
    {
        var best = GaussianHmm.FitBest(Two, 4, 4, 1);
        Assert.Equal(Enumerable.Range(1, 4).Min(states => GaussianHmm.Fit(Two, states, 4, 1).Bic), best.Bic);
        Assert.Equal(2, best.States);
    }

    /// <summary>Starts lie far from each other, so that one is enough for places far apart; of several the likeliest counts.</summary>
    [Fact]
    public void Starts_LieFarFromEachOther()
    {
        double[][] walk = [.. Enumerable.Range(0, 40).Select(i => new[] { (10.0 * (i / 10)) + (0.1 * (i % 3)), -i / 10 })];
        for (var seed = 1; seed <= 20; seed++)
        {
            var model = GaussianHmm.Fit([walk], 4, 1, seed);
            Assert.Equal(Enumerable.Range(0, 40).Select(i => i / 10), model.Decode(walk));
            Assert.InRange(GaussianHmm.Fit(Two, 3, 6, seed).LogLikelihood, GaussianHmm.Fit(Two, 3, 1, seed).LogLikelihood, 1000);
        }
    }

    /// <summary>A state of equal values would be infinitely likely: its variance is a thousandth of the pooled one.</summary>
    [Fact]
    public void Variances_DoNotVanish()
    {
        double[][] steps = [[1], [1], [1], [9], [9], [9], [9], [9], [9]];
        var model = GaussianHmm.Fit([steps], 2, 4, 1);
        Assert.All(model.Variances, row => Assert.Equal(1e-3 * 64 * 2 / 9, row[0], 1e-12));
        Assert.Equal([0, 0, 0, 1, 1, 1, 1, 1, 1], model.Decode(steps));
        Assert.Equal([1, 9], model.Means.Select(row => row[0]));
        Assert.Equal([1, 0], model.Start.Select(chance => Math.Round(chance, 9)));
        Assert.Equal(2 / 3.0, model.Transition[0][0], 1e-9);
        Assert.Equal(1, model.Transition[1][1], 1e-9);

        // More states than different values, and values that are all equal.
        Assert.True(double.IsFinite(GaussianHmm.Fit([steps], 9, 4, 1).Bic));
        var equal = GaussianHmm.Fit([[[0.1], [0.1], [0.1]]], 2, 1, 1);
        Assert.True(double.IsFinite(equal.Bic));
        Assert.All(equal.Variances, row => Assert.Equal(1e-3, row[0]));
        Assert.Throws<ArgumentOutOfRangeException>(() => GaussianHmm.Fit([steps], 10, 1, 1));
        Assert.Throws<ArgumentOutOfRangeException>(() => GaussianHmm.Fit([steps], 0, 1, 1));
    }

    /// <summary>Chances of single steps vanish in float64 long before their logarithms do.</summary>
    [Fact]
    public void Likelihood_OfALongSequenceFarFromItsMeans_IsFinite()
    {
        double[][] far = [.. Enumerable.Range(0, 400).Select(i => new[] { i % 50 == 49 ? 1e6 : i % 2 })];
        var model = GaussianHmm.Fit([far], 1, 1, 1);
        var variance = model.Variances[0][0];
        Assert.Equal(-200 * (Math.Log(2 * Math.PI * variance) + 1), model.LogLikelihood, 1e-6);
        Assert.True(double.IsFinite(GaussianHmm.Fit([far], 3, 2, 1).LogLikelihood));
    }

    /// <summary>The likelihood of one state is that of independent Gaussian values.</summary>
    [Fact]
    public void Fit_OfOneState_HasTheLikelihoodOfAGaussian()
    {
        double[][] sequence = [[1], [2], [4], [5]];
        var model = GaussianHmm.Fit([sequence], 1, 1, 1);
        const double variance = 2.5;
        Assert.Equal(3, model.Means[0][0], 1e-12);
        Assert.Equal(-2 * (Math.Log(2 * Math.PI * variance) + 1), model.LogLikelihood, 1e-9);
        Assert.Equal((-2 * model.LogLikelihood) + (2 * Math.Log(4)), model.Bic, 1e-9);
    }

    /// <summary>States are numbered as sequences meet them.</summary>
    [Fact]
    public void Decode_OfAWalkThroughThreePlaces_CountsUpwards()
    {
        double[][] walk = [.. Enumerable.Range(0, 30).Select(i => new[] { (20.0 - (10 * (i / 10))) + (0.1 * (i % 3)) })];
        var model = GaussianHmm.Fit([walk, walk], 3, 8, 1);
        Assert.Equal(Enumerable.Range(0, 30).Select(i => i / 10), model.Decode(walk));
    }

    /// <summary>By their mean places as shares of a sequence: the end of a short one comes after the middle of a long one.</summary>
    [Fact]
    public void States_AreOrderedByTheirPlaces()
    {
        double[][] brief = [[0.1], [0], [0.1], [10]];
        double[][] full = [.. Enumerable.Range(0, 40).Select(t => new[] { t is >= 20 and < 30 ? 20.0 : 0.1 * (t % 2) })];
        var model = GaussianHmm.Fit([brief, full], 3, 8, 1);
        Assert.Equal([0, 0, 0, 2], model.Decode(brief));
        Assert.Equal(Enumerable.Range(0, 40).Select(t => t is >= 20 and < 30 ? 1 : 0), model.Decode(full));
    }

    /// <summary>A state that nothing speaks for keeps its means, and is as likely as any other.</summary>
    [Fact]
    public void Counts_OfNothing_AreEven()
    {
        var counts = new HmmCounts(2, 1);
        var (means, variances) = counts.Gaussians([[3], [4]], [2], 1e-3);
        Assert.Equal([[3], [4]], means);
        Assert.Equal([[2], [2]], variances);
        Assert.Equal([0.5, 0.5], counts.StartChances());
        Assert.Equal([[0.5, 0.5], [0.5, 0.5]], counts.TransitionChances());
    }

    /// <summary>scikit-learn's adjusted_rand_score of the same labels.</summary>
    [Theory]
    [InlineData(new[] { 0, 0, 1, 2 }, new[] { 0, 0, 1, 1 }, 0.5714285714)]
    [InlineData(new[] { 0, 0, 1, 1 }, new[] { 1, 1, 0, 0 }, 1)]
    [InlineData(new[] { 0, 0, 0, 0 }, new[] { 0, 1, 2, 3 }, 0)]
    public void AdjustedRand_IsThatOfScikitLearn(int[] one, int[] other, double expected) =>
        Assert.Equal(expected, AdjustedRand.Compute(one, other), 1e-9);

    private static double[][] Copy(IReadOnlyList<IReadOnlyList<double>> rows) => [.. rows.Select(row => row.ToArray())];

    private static IEnumerable<(int[] States, double Chance)> Paths(
        double[][] run, double[] start, double[][] transition, double[][] means, double[][] variances)
    {
        var count = start.Length;
        for (var path = 0; path < Math.Pow(count, run.Length); path++)
        {
            int[] states = [.. run.Select((_, t) => path / (int)Math.Pow(count, t) % count)];
            var chance = start[states[0]];
            for (var t = 0; t < run.Length; t++)
            {
                chance *= t == 0 ? 1 : transition[states[t - 1]][states[t]];
                for (var i = 0; i < run[t].Length; i++)
                {
                    var (difference, variance) = (run[t][i] - means[states[t]][i], variances[states[t]][i]);
                    chance *= Math.Exp(-difference * difference / (2 * variance)) / Math.Sqrt(2 * Math.PI * variance);
                }
            }

            yield return (states, chance);
        }
    }
}
