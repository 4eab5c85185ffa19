using System.Text;
using PythiaOrleans.Reporting.Capability;
using PythiaOrleans.Reporting.Plots;
using PythiaOrleans.Reporting.Series;

namespace PythiaOrleans.Reporting.Tests;

/// <summary>Changes are correlated, not levels: two curves that only grow together have nothing to do with each other.</summary>
public sealed class RelationTests
{
    private static readonly int[] Steps = [.. Enumerable.Range(0, 60).Select(i => 1000 * (i + 1))];

    [Fact]
    public void Of_CurvesThatChangeTogether_IsSure()
    {
        var common = Walk(1, drift: 0);
        var found = Relation.Of([Weights(common.Select(value => 3 + (2 * value)))], Score(common))!;
        Assert.Equal(1, found.Rho, 1e-9);
        Assert.True(found.IsSure);
        Assert.Equal(60, found.Steps);
    }

    /// <summary>Both rise; their levels correlate to .9 and more. In nine of ten draws and more the interval holds zero.</summary>
    [Fact]
    public void Of_CurvesThatOnlyRiseTogether_IsNotSure()
    {
        var found = Enumerable.Range(0, 40)
            .Select(draw => Relation.Of([Weights(Walk(draw, drift: 1))], Score(Walk(1000 + draw, drift: 1)))!).ToArray();
        Assert.InRange(found.Count(one => one.IsSure), 0, 6);
        Assert.InRange(found.Average(one => one.Rho), -0.1, 0.1);
    }

    /// <summary>The weights reach the middle of their range at 10,500, the score at 40,500.</summary>
    [Fact]
    public void Lag_IsTheDifferenceOfTheHalfTimes()
    {
        var found = Relation.Of(
            [Weights(Steps.Select(step => step <= 10_000 ? 0.0 : 1))], Score(Steps.Select(step => step <= 40_000 ? 1.0 : 0)))!;
        Assert.Equal((10_500, 40_500), (found.HalfStep, found.ScoreHalfStep));
        Assert.Equal(-30_000, found.Lag);
    }

    [Fact]
    public void Of_CurvesThatShareFewSteps_IsNull() =>
        Assert.Null(Relation.Of([Weights(Walk(1, 0))], Score(Walk(2, 0)) with { Steps = [.. Steps.Select(step => step + 1)] }));

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Plot_OfWeightsAndScore_HasBothAxes(bool isSvg)
    {
        var score = Score(Walk(2, 1)) with { Errors = [.. Steps.Select(_ => 0.5)] };
        var drawn = CapabilityPlot.Draw([Weights(Walk(1, 1))], [score], "norm", isSvg ? PictureFormat.Svg : PictureFormat.Png);
        if (isSvg)
        {
            var text = Encoding.UTF8.GetString(drawn);
            Assert.Contains("lambada_openai acc, ± standard error", System.Net.WebUtility.HtmlDecode(text), StringComparison.Ordinal);
            Assert.StartsWith("<svg", text, StringComparison.Ordinal);
        }
        else
        {
            Assert.Equal("PNG"u8.ToArray(), drawn[1..4]);
        }

        Assert.Throws<ArgumentException>(() => CapabilityPlot.Draw([], [score], "norm", isSvg ? PictureFormat.Svg : PictureFormat.Png));
    }

    private static Curve Weights(IEnumerable<double> values) => new("a", "mlp", "weight", 0, Steps, [.. values]);

    private static ScoreCurve Score(IEnumerable<double> values) =>
        new("a", "lambada_openai", "acc", Steps, [.. values], [.. Steps.Select(_ => double.NaN)]);

    private static double[] Walk(int seed, double drift)
    {
        var random = new Random(seed);
        var at = 0.0;
        return [.. Steps.Select(_ => at += drift + random.NextDouble() - 0.5)];
    }
}
