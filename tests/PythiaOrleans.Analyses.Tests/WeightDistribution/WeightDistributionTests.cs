using MathNet.Numerics;
using MathNet.Numerics.Distributions;
using PythiaOrleans.Analyses.WeightDistribution;
using PythiaOrleans.Checkpoints.Families;
using PythiaOrleans.Core.Tables;
using PythiaOrleans.Testing;

namespace PythiaOrleans.Analyses.Tests;

/// <summary>
/// Every column against the definitions: densities, distribution functions and quantiles of another library, plain loops over the values.
/// </summary>
public sealed class WeightDistributionTests
{
    private static readonly ModelShape Shape = ActivationTests.Shape(64, 2, 2);
    private static readonly WeightName Name = new(Components.MlpIn, 0, "weight");

    // The values of each matrix: Student's t with 5 degrees of freedom, a little off 0.
    private static readonly Lazy<(double[] Values, ResultTable Table, int Row)> Measured = new(() =>
    {
        using var model = new RandomModel(Shape, seed: 6, edit: (name, values) =>
        {
            var drawn = Sample.Student(name.GetHashCode() & 0xff, name == Name ? values.Length : 0, 5);
            for (var i = 0; i < drawn.Length; i++)
            {
                values[i] = (float)(0.01 + (0.02 * drawn[i]));
            }
        });
        var table = new WeightDistributionAnalysis().Run(model.Input, CancellationToken.None);
        var row = Enumerable.Range(0, table.Count)
            .First(row => (string)table["component"].Cells[row]! == Name.Component && table["block"].Cells[row] is 0);
        return ([.. model.Weights[Name].Order()], table, row);
    });

    /// <summary>The scores of each fit, by its own parameters.</summary>
    [Theory]
    [InlineData("gaussian", 2)]
    [InlineData("logistic", 2)]
    [InlineData("laplace", 2)]
    [InlineData("student", 3)]
    [InlineData("generalised_normal", 3)]
    public void Scores_FollowFromTheParameters(string name, int parameters)
    {
        var values = Measured.Value.Values;
        var (density, cumulative, quantile) = Functions(name, Parameters(name));
        var likelihood = values.Average(value => Math.Log(density(value)));
        Assert.Equal(likelihood, Column($"{name}_log_likelihood"), 1e-9);
        Assert.Equal((2 * parameters) - (2 * values.Length * likelihood), Column($"{name}_aic"), 1e-5);
        var ks = values.Select((value, i) =>
            Math.Max(((i + 1.0) / values.Length) - cumulative(value), cumulative(value) - ((double)i / values.Length))).Max();
        Assert.Equal(ks, Column($"{name}_ks"), 1e-4);
        var theory = Enumerable.Range(0, 513).Select(i => quantile((i + 0.5) / 513)).ToArray();
        Assert.Equal(Math.Pow(GoodnessOfFit.R(Quantiles(values), theory), 2), Column($"{name}_qq_r2"), 1e-6);
    }

    /// <summary>Maximum likelihood: no neighbour of the fitted parameters is better.</summary>
    [Theory]
    [InlineData("logistic")]
    [InlineData("laplace")]
    [InlineData("student")]
    [InlineData("generalised_normal")]
    public void Parameters_AreAMaximumOfTheLikelihood(string name)
    {
        var best = Parameters(name);
        var likelihood = Likelihood(best);
        foreach (var factor in new[] { 0.99, 1.01 })
        {
            Assert.True(Likelihood(best with { Location = best.Location * factor }) <= likelihood, "location");
            Assert.True(Likelihood(best with { Scale = best.Scale * factor }) < likelihood, "scale");
            Assert.True(double.IsNaN(best.Shape) || Likelihood(best with { Shape = best.Shape * factor }) < likelihood, "shape");
        }

        double Likelihood((double Location, double Scale, double Shape) at) =>
            Measured.Value.Values.Average(value => Math.Log(Functions(name, at).Density(value)));
    }

    [Fact]
    public void Summary_IsThatOfTheValues()
    {
        var values = Measured.Value.Values;
        var mean = values.Average();
        var std = Math.Sqrt(values.Average(value => (value - mean) * (value - mean)));
        Assert.Equal(values.Length, Column("count"));
        Assert.Equal(mean, Column("mean"), 1e-9);
        Assert.Equal(std, Column("std"), 1e-9);
        Assert.Equal(values[0], Column("min"));
        Assert.Equal(values[^1], Column("max"));
        Assert.Equal("student-t", Cell("best_fit"));
        Assert.Equal(Column("logistic_log_likelihood") - Column("gaussian_log_likelihood"), Column("logistic_minus_gaussian"), 1e-12);
        Assert.Equal(5, Column("student_freedom"), 3 * Column("student_freedom_error"));
        Assert.InRange(Column("student_freedom_error"), 0.05, 0.5);
        Assert.InRange(Column("generalised_normal_shape"), 1, 2);
        Assert.InRange(Column("generalised_normal_shape_error"), 0.001, 0.1);
        Assert.Equal(Quantiles(values), (double[])Cell("quantiles")!, (a, b) => Math.Abs(a - b) < 1e-12);
    }

    [Fact]
    public void Histograms_CountEveryValueOnce()
    {
        var values = Measured.Value.Values;
        var (mean, std) = (Column("mean"), Column("std"));
        var histogram = (long[])Cell("histogram")!;
        Assert.Equal(values.Count(value => value < mean - (8 * std)), Column("below"));
        Assert.Equal(values.Count(value => value > mean + (8 * std)), Column("above"));
        Assert.Equal(Bins(mean - (8 * std), mean + (8 * std)), histogram);
        Assert.Equal(Bins(values[0], values[^1]), (long[])Cell("range_histogram")!);
        Assert.Equal(values.Length, histogram.Sum() + Column("below") + Column("above"));

        long[] Bins(double low, double high)
        {
            var counts = new long[201];
            foreach (var value in values.Where(value => value >= low && value <= high))
            {
                counts[Math.Min(200, (int)((value - low) / (high - low) * 201))]++;
            }

            return counts;
        }
    }

    /// <summary>Hill's estimate and the distance of the tail, from the values beyond its own xmin.</summary>
    [Fact]
    public void Tail_FollowsFromItsBeginning()
    {
        var xmin = Column("tail_xmin");
        var tail = Measured.Value.Values.Select(Math.Abs).Where(value => value >= xmin).Order().ToArray();
        var alpha = 1 + (tail.Length / tail.Sum(value => Math.Log(value / xmin)));
        Assert.Equal(tail.Length, Column("tail_count"));
        Assert.Equal(alpha, Column("tail_alpha"), 1e-9);
        Assert.Equal((alpha - 1) / Math.Sqrt(tail.Length), Column("tail_alpha_error"), 1e-9);
        var distance = tail.Select((value, i) =>
        {
            var expected = 1 - Math.Pow(value / xmin, 1 - alpha);
            return Math.Max(((i + 1.0) / tail.Length) - expected, expected - ((double)i / tail.Length));
        }).Max();
        Assert.Equal(distance, Column("tail_ks"), 1.1 / tail.Length);
    }

    /// <summary>Of values that are a power law all the way down the larger half alone may be called a tail.</summary>
    [Fact]
    public void Tail_ReachesToTheMedianAndNoFurther()
    {
        using var model = new RandomModel(Shape, seed: 6, edit: (name, values) =>
        {
            for (var i = 0; i < values.Length; i++)
            {
                values[i] = (float)(0.01 * Math.Pow((i + 0.5) / values.Length, -1 / 1.5)); // quantiles of a Pareto distribution
            }
        });
        var table = new WeightDistributionAnalysis().Run(model.Input, TestContext.Current.CancellationToken);
        for (var row = 0; row < table.Count; row++)
        {
            Assert.InRange(table["tail_count"].Number(row) / table["count"].Number(row), 0.4, 0.51);
            Assert.Equal(2.5, table["tail_alpha"].Number(row), 0.05);
        }
    }

    /// <summary>The pooled row of a component holds the values of all its blocks.</summary>
    [Fact]
    public void PooledRow_CountsAllBlocks()
    {
        var table = Measured.Value.Table;
        var rows = Enumerable.Range(0, table.Count).Where(row => (string)table["component"].Cells[row]! == Components.AttentionDense)
            .ToArray();
        var pooled = Assert.Single(rows, row => table["pooled"].Cells[row] is true);
        Assert.Null(table["block"].Cells[pooled]);
        Assert.Equal(rows.Where(row => row != pooled).Sum(row => table["count"].Number(row)), table["count"].Number(pooled));
        Assert.Equal(rows.Max(row => table["max"].Number(row)), table["max"].Number(pooled));
    }

    private static object? Cell(string column) => Measured.Value.Table[column].Cells[Measured.Value.Row];

    private static double Column(string name) => Measured.Value.Table[name].Number(Measured.Value.Row);

    private static (double Location, double Scale, double Shape) Parameters(string name) => name switch
    {
        "gaussian" => (Column("mean"), Column("std"), double.NaN),
        "logistic" => (Column("logistic_location"), Column("logistic_scale"), double.NaN),
        "laplace" => (Column("laplace_location"), Column("laplace_scale"), double.NaN),
        "student" => (Column("student_location"), Column("student_scale"), Column("student_freedom")),
        _ => (Column("generalised_normal_location"), Column("generalised_normal_scale"), Column("generalised_normal_shape")),
    };

    private static (Func<double, double> Density, Func<double, double> Cumulative, Func<double, double> Quantile) Functions(
        string name, (double Location, double Scale, double Shape) at)
    {
        var (m, s, b) = at;
        return name switch
        {
            "gaussian" => (x => Normal.PDF(m, s, x), x => Normal.CDF(m, s, x), p => Normal.InvCDF(m, s, p)),
            "logistic" => (
                x => 1 / (4 * s * Math.Pow(Math.Cosh((x - m) / (2 * s)), 2)),
                x => 1 / (1 + Math.Exp(-(x - m) / s)),
                p => m + (s * Math.Log(p / (1 - p)))),
            "laplace" => (
                x => Math.Exp(-Math.Abs(x - m) / s) / (2 * s),
                x => Laplace.CDF(m, s, x),
                p => m - (s * Math.Sign(p - 0.5) * Math.Log(1 - (2 * Math.Abs(p - 0.5))))),
            "student" => (x => StudentT.PDF(m, s, b, x), x => StudentT.CDF(m, s, b, x), p => StudentT.InvCDF(m, s, b, p)),
            _ => (
                x => b / (2 * s * SpecialFunctions.Gamma(1 / b)) * Math.Exp(-Math.Pow(Math.Abs(x - m) / s, b)),
                x => 0.5 + (0.5 * Math.Sign(x - m) * SpecialFunctions.GammaLowerRegularized(1 / b, Math.Pow(Math.Abs(x - m) / s, b))),
                p =>
                    m + (s * Math.Sign(p - 0.5) * Math.Pow(SpecialFunctions.GammaLowerRegularizedInv(1 / b, Math.Abs((2 * p) - 1)),
                        1 / b))),
        };
    }

    // NumPy's default: linear between the values beside rank (n - 1) p.
    private static double[] Quantiles(double[] ascending) =>
    [
        .. Enumerable.Range(0, 513).Select(i =>
        {
            var at = (ascending.Length - 1) * (i + 0.5) / 513;
            var below = ascending[(int)at];
            return below + ((at - Math.Floor(at)) * (ascending[Math.Min((int)at + 1, ascending.Length - 1)] - below));
        }),
    ];
}
