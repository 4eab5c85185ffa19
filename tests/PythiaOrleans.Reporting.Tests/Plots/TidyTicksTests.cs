using PythiaOrleans.Reporting.Plots;

namespace PythiaOrleans.Reporting.Tests;

public sealed class TidyTicksTests
{
    [Theory]
    [InlineData(0, 1, 5, new[] { 0, 0.2, 0.4, 0.6, 0.8, 1 })]
    [InlineData(-0.9, 0.7, 4, new[] { -0.5, 0, 0.5 })]
    [InlineData(0.271, 0.349, 3, new[] { 0.28, 0.3, 0.32, 0.34 })] // 0.3 alone was on the axis before
    [InlineData(0, 143_000, 5, new double[] { 0, 50_000, 100_000 })]
    public void Linear_AreRoundNumbersAndMoreThanOne(double low, double high, int most, double[] expected) =>
        Assert.Equal(expected, TidyTicks.LinearValues(low, high, most), (one, other) => Math.Abs(one - other) < 1e-12);

    [Theory]
    [InlineData(1e-6, 10, 8, new[] { 1e-6, 1e-5, 1e-4, 1e-3, 1e-2, 0.1, 1, 10 })]
    [InlineData(0.8, 40, 6, new[] { 1, 2, 5, 10, 20.0 })] // two decades would be 1 and 10 alone
    [InlineData(0.002, 0.6, 9, new[] { 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5 })]
    [InlineData(0.002, 0.6, 4, new[] { 0.01, 0.1 })]
    [InlineData(0.61, 0.95, 5, new[] { 0.7, 0.8, 0.9 })]
    public void Logarithmic_FillAnAxisOfAFewDecadesToo(double low, double high, int most, double[] expected) =>
        Assert.Equal(expected, TidyTicks.LogarithmicValues(low, high, most), (one, other) => Math.Abs(one - other) < 1e-12 * other);

    /// <summary>For every pair of ends of an axis: at least two ticks, all of them within, and not too many for the room.</summary>
    [Fact]
    public void Ticks_OfAnyAxis_AreTwoOrMoreAndWithin()
    {
        var random = new Random(5);
        for (var trial = 0; trial < 3000; trial++)
        {
            var low = (random.NextDouble() - 0.5) * Math.Pow(10, random.Next(-6, 7));
            var high = low + (Math.Abs(low) * Math.Pow(10, -2 + (4 * random.NextDouble())));
            var most = random.Next(3, 9);
            Check(TidyTicks.LinearValues(low, high, most), low, high, 2 * most);
            var (from, to) = (Math.Abs(low), Math.Abs(low) + high - low);
            Check(TidyTicks.LogarithmicValues(from, to, most), from, to, 14);
        }

        static void Check(IReadOnlyList<double> ticks, double low, double high, int most)
        {
            var slack = 1e-6 * (high - low);
            Assert.True(ticks.Count >= 2 && ticks.Count <= most, $"{low} to {high}: {string.Join(", ", ticks)}");
            Assert.True(ticks.All(tick => tick >= low - slack && tick <= high + slack), $"{low} to {high}: {string.Join(", ", ticks)}");
            Assert.Equal(ticks.Order().Distinct(), ticks);
        }
    }

    [Fact]
    public void Whole_AreWholeNumbers() => Assert.Equal([0, 1, 2, 3], TidyTicks.LinearValues(0, 3, 6, isWhole: true));
}
