using PythiaOrleans.Analyses.Models;
using PythiaOrleans.Analyses.ResidualStream;
using PythiaOrleans.Analyses.WeightGradients;
using PythiaOrleans.Checkpoints.Families;
using PythiaOrleans.Core.Tables;

namespace PythiaOrleans.Analyses.Tests;

/// <summary>The columns of gradients and activations that come from streamed values, against plain loops over those values.</summary>
public sealed class StreamedColumnsTests
{
    private static readonly AnalysisSettings Settings = ActivationTests.Settings(2, 9);

    [Fact]
    public void Gradients_HaveTheMomentsOfTheirValues()
    {
        using var model = new RandomModel(ActivationTests.Shape(16, 2, 2), seed: 3);
        var gradients = new Dictionary<WeightName, double[]>();
        BackwardPass.Run(
            model.Checkpoint, Settings.Batch.RowsFor(model.Checkpoint), TestDevice.Plan,
            (name, gradient) => gradients[name] = [.. ActivationTests.Floats(gradient).Select(value => (double)value)],
            TestContext.Current.CancellationToken);
        var table = new WeightGradientsAnalysis(Settings).Run(model.Input, TestContext.Current.CancellationToken);
        for (var row = 0; row < table.Count; row++)
        {
            var values = gradients[new WeightName((string)table["component"].Cells[row]!, (int?)table["block"].Cells[row], "weight")];
            var mean = values.Average();
            double Central(int power) => values.Average(value => Math.Pow(value - mean, power));
            var std = Math.Sqrt(Central(2));
            AssertColumn("min", values.Min(), std);
            AssertColumn("max", values.Max(), std);
            AssertColumn("max_abs", values.Max(Math.Abs), std);
            AssertColumn("mean", mean, std);
            AssertColumn("std", std, std);
            AssertColumn("rms", Math.Sqrt(values.Average(value => value * value)), std);
            AssertColumn("skewness", Central(3) / Math.Pow(std, 3), 1);
            AssertColumn("excess_kurtosis", (Central(4) / Math.Pow(std, 4)) - 3, 1);
            AssertColumn("zero_fraction", values.Count(value => value == 0) / (double)values.Length, 1e-9);
            AssertColumn("loss", model.Loss([.. Settings.Batch.RowsFor(model.Checkpoint).Select(ids =>
                ids.Select(id => (int)id).ToArray())]), 1);
            AssertShape(table, row, values);

            // float32 on another number of threads
            void AssertColumn(string column, double expected, double scale) =>
                Assert.Equal(expected, table[column].Number(row), 1e-4 * scale);
        }
    }

    [Fact]
    public void Stream_HasTheOutliersAndTheShapeOfItsValues()
    {
        // One channel of the embedding far beyond the others.
        using var model = new RandomModel(
            ActivationTests.Shape(64, 1, 2), seed: 12, embed: (token, channel) => channel == 7 && token == 4 ? 40 : 0);
        var table = new ResidualStreamAnalysis(Settings).Run(model.Input, TestContext.Current.CancellationToken);
        var stages = Settings.Batch.RowsFor(model.Checkpoint).Select(ids => model.Loop([.. ids.Select(id => (int)id)])).ToArray();
        for (var stage = 0; stage <= 1; stage++)
        {
            var values = stages.SelectMany(row => row[stage]).ToArray();
            var mean = values.Average();
            var limit = 6 * Math.Sqrt(values.Average(value => (value - mean) * (value - mean)));
            var outliers = Enumerable.Range(0, 64).Where(channel => values.Where((_, i) => i % 64 == channel).Max(Math.Abs) > limit)
                .ToArray();
            Assert.Contains(7, outliers);
            Assert.Equal(outliers, (int[])table["outlier_channels"].Cells[2 * stage]!);
            Assert.Equal(outliers.Length, table["outlier_count"].Number(2 * stage));
            AssertShape(table, 2 * stage, values);
        }
    }

    // Counted to 9 bits of mantissa: a value may fall into the next bin, none is lost.
    private static void AssertShape(ResultTable table, int row, double[] values)
    {
        var mean = values.Average();
        var std = Math.Sqrt(values.Average(value => (value - mean) * (value - mean)));
        var histogram = (long[])table["histogram"].Cells[row]!;
        Assert.Equal(values.Count(value => value < mean - (8 * std)), table["below"].Number(row));
        Assert.Equal(values.Count(value => value > mean + (8 * std)), table["above"].Number(row));
        Assert.Equal(values.Length, histogram.Sum() + table["below"].Number(row) + table["above"].Number(row));
        var expected = new int[201];
        foreach (var value in values.Where(value => Math.Abs(value - mean) < 8 * std))
        {
            expected[(int)((value - mean + (8 * std)) / (16 * std) * 201)]++;
        }

        Assert.True(histogram.Zip(expected, (a, b) => Math.Abs(a - b)).Sum() <= values.Length * 0.05, "bins");
        var logistic = table["logistic_minus_gaussian"].Number(row);
        var best = (string)table["best_fit"].Cells[row]!;
        Assert.True(best is "gaussian" or "logistic" or "laplace" or "student-t", best);
        Assert.False(best == "logistic" && logistic < 0, "the better of two fits has the larger likelihood");
        Assert.False(best == "gaussian" && logistic > 0, "the better of two fits has the larger likelihood");
        Assert.InRange(table["student_freedom"].Number(row), 0.3, 1000);
    }
}
