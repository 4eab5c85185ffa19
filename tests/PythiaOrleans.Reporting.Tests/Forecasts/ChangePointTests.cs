using PythiaOrleans.Reporting.Forecasts;

namespace PythiaOrleans.Reporting.Tests;

public sealed class ChangePointTests
{
    private const int Seed = 20_261;
    private const int Curves = 300;
    private const double Noise = 0.05; // of the jump or the change of level that a break brings about

    /// <summary>143 points, 0 to 3 breaks at least 25 apart, each a jump of 1 or more and another slope; found within 2 checkpoints
    /// counts.</summary>
    [Fact]
    public void Find_OfPlantedBreaks_HasPrecisionAndRecallOf95Percent()
    {
        var random = new Random(Seed);
        var (planted, found, hits, covered) = (0, 0, 0, 0);
        for (var curve = 0; curve < Curves; curve++)
        {
            var breaks = Enumerable.Range(0, curve % 4).Select(i => 25 + (i * 36) + random.Next(10)).ToArray();
            var (steps, values) = Draw(random, breaks);
            var points = ChangePoints.Find(steps, values);
            planted += breaks.Length;
            found += points.Count;
            hits += breaks.Count(at => points.Any(point => Math.Abs((point.Step / 1000) - 1 - at) <= 2));
            covered += breaks.Count(at => points.Any(point => point.From <= 1000 * (at + 1) && point.To >= 1000 * (at + 1)));
        }

        Assert.True(hits >= 0.95 * planted, $"seed {Seed}: recall {hits} of {planted}");
        Assert.True(hits >= 0.95 * found, $"seed {Seed}: precision {hits} of {found}");
        Assert.True(covered >= 0.95 * planted, $"seed {Seed}: {covered} of {planted} within their interval");
    }

    [Fact]
    public void Find_OfAStraightLineOrAConstant_FindsNothing()
    {
        int[] steps = [.. Enumerable.Range(1, 100)];
        Assert.Empty(ChangePoints.Find(steps, [.. steps.Select(step => 3.0 * step)]));
        Assert.Empty(ChangePoints.Find(steps, [.. steps.Select(_ => 2.0)]));
    }

    [Fact]
    public void Find_OfAKinkWithoutNoise_FindsItInItsInterval()
    {
        int[] steps = [.. Enumerable.Range(1, 100)];
        var point = Assert.Single(ChangePoints.Find(steps, [.. steps.Select(step => (double)Math.Min(step, 40))]));
        Assert.InRange(40, point.From, point.To);
        Assert.InRange(point.Step, 38, 42);
    }

    private static (int[] Steps, double[] Values) Draw(Random random, int[] breaks)
    {
        double Slope() => 0.04 * (random.NextDouble() - 0.5);
        var (level, slope) = (0.0, Slope());
        var values = new double[143];
        for (var i = 0; i < values.Length; i++)
        {
            if (breaks.Contains(i))
            {
                level += (random.Next(2) == 0 ? 1 : -1) * (1 + random.NextDouble());
                slope = Slope();
            }

            level += slope;
            values[i] = level + (Noise * Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble()));
        }

        return ([.. Enumerable.Range(1, values.Length).Select(i => 1000 * i)], values);
    }
}
