using PythiaOrleans.Analyses.WeightDistance;
using PythiaOrleans.Checkpoints.Families;

namespace PythiaOrleans.Analyses.Tests;

public sealed class WeightDistanceTests
{
    private static readonly ModelShape Shape = ActivationTests.Shape(16, 1, 2);

    /// <summary>Every column against a plain loop over pairs of values.</summary>
    [Fact]
    public void Columns_AreThoseOfPlainLoops()
    {
        using var model = new RandomModel(Shape, seed: 1);
        using var reference = new RandomModel(Shape, seed: 2);
        using var previous = new RandomModel(Shape, seed: 3);
        var input = new AnalysisInput(model.Checkpoint, reference.Checkpoint, previous.Checkpoint, model.Input.Model);
        var table = new WeightDistanceAnalysis(new AnalysisSettings(0, 10)).Run(input, TestContext.Current.CancellationToken);
        Assert.Equal(model.Checkpoint.Parameters.Count, table.Count);
        for (var row = 0; row < table.Count; row++)
        {
            var name = model.Checkpoint.Parameters[row].Name;
            var (now, start, before) = (model.Weights[name], reference.Weights[name], previous.Weights[name]);
            double Sum(Func<double, double, double> term) => now.Zip(start, term).Sum();
            var (squared, dot) = (Sum((a, b) => (a - b) * (a - b)), Sum((a, b) => a * b));
            var (own, theirs) = (Math.Sqrt(Sum((a, _) => a * a)), Math.Sqrt(Sum((_, b) => b * b)));
            AssertColumn("reference_step", 0);
            AssertColumn("distance", Math.Sqrt(squared));
            AssertColumn("relative_distance", Math.Sqrt(squared) / theirs);
            AssertColumn("squared_distance", squared);
            AssertColumn("cosine", dot / (own * theirs));
            AssertColumn("retained", dot / (theirs * theirs));
            AssertColumn("rounding_floor", Math.Sqrt(Sum((a, b) => Square(Spacing(a)) + Square(Spacing(b))) / 12));
            AssertColumn("left_out", 0);
            AssertColumn("previous_step", 0);
            AssertColumn("previous_distance", Math.Sqrt(now.Zip(before, (a, b) => (a - b) * (a - b)).Sum()));

            void AssertColumn(string column, double expected) =>
                Assert.Equal(expected, table[column].Number(row), 1e-5 * (1e-6 + Math.Abs(expected)));
        }
    }

    /// <summary>
    /// In closed form: in [1, 2) half-precision numbers stand 2^-10 apart, and each rounding has a twelfth of its square as variance.
    /// </summary>
    [Fact]
    public void RoundingFloor_OfValuesOfOneBinade_IsThatOfUniformRounding()
    {
        using var model = new RandomModel(Shape, seed: 1, edit: (_, values) => Array.Fill(values, 1.5f));
        using var reference = new RandomModel(Shape, seed: 2, edit: (_, values) => Array.Fill(values, 1.25f));
        var input = new AnalysisInput(model.Checkpoint, reference.Checkpoint, null, model.Input.Model);
        var table = new WeightDistanceAnalysis(new AnalysisSettings(0, null)).Run(input, TestContext.Current.CancellationToken);
        for (var row = 0; row < table.Count; row++)
        {
            var count = model.Checkpoint.Parameters[row].Tensor.Count;
            Assert.Equal(Math.Sqrt(count * 2 / 12.0) / 1024, table["rounding_floor"].Number(row), 1e-9);
            Assert.Equal(Math.Sqrt(count) / 4, table["distance"].Number(row), 1e-9);
        }
    }

    private static double Square(double value) => value * value;

    // The distance to the next half-precision number: 2^-24 below 2^-14, else 2^-10 of the power of two below.
    private static double Spacing(double value) => Math.ScaleB(1, Math.Max(-14, Math.ILogB(Math.Abs(value))) - 10);
}
