using PythiaOrleans.Analyses.WeightMoments;

namespace PythiaOrleans.Analyses.Tests;

public sealed class WeightMomentsTests
{
    /// <summary>Every column against a plain loop over the values.</summary>
    [Fact]
    public void Columns_AreThoseOfPlainLoops()
    {
        using var model = new RandomModel(ActivationTests.Shape(16, 2, 2), seed: 21, edit: (_, values) => values[^1] = 0);
        var table = new WeightMomentsAnalysis().Run(model.Input, TestContext.Current.CancellationToken);
        Assert.Equal(model.Checkpoint.Parameters.Count, table.Count);
        for (var row = 0; row < table.Count; row++)
        {
            var values = model.Weights[model.Checkpoint.Parameters[row].Name];
            var (n, mean) = ((double)values.Length, values.Average());
            double Central(int power) => values.Average(value => Math.Pow(value - mean, power));
            var squares = values.Sum(value => value * value);
            AssertColumn("count", n);
            AssertColumn("min", values.Min());
            AssertColumn("max", values.Max());
            AssertColumn("max_abs", values.Max(Math.Abs));
            AssertColumn("mean", mean);
            AssertColumn("std", Math.Sqrt(Central(2)));
            AssertColumn("std_unbiased", Math.Sqrt(Central(2) * n / (n - 1)));
            AssertColumn("norm", Math.Sqrt(squares));
            AssertColumn("rms", Math.Sqrt(squares / n));
            AssertColumn("skewness", Central(3) / Math.Pow(Central(2), 1.5));
            AssertColumn("excess_kurtosis", (Central(4) / Math.Pow(Central(2), 2)) - 3);
            AssertColumn("zero_fraction", values.Count(value => value == 0) / n);
            AssertColumn("non_finite", 0);

            void AssertColumn(string column, double expected) =>
                Assert.Equal(expected, table[column].Number(row), 1e-10 * (1 + Math.Abs(expected)));
        }
    }
}
