using PythiaOrleans.Analyses.WeightTails;
using PythiaOrleans.Checkpoints.Families;
using PythiaOrleans.Core.Tables;
using PythiaOrleans.Numerics.PowerLaws;

namespace PythiaOrleans.Analyses.Tests;

public sealed class WeightTailsTests
{
    private const double Alpha = 3;

    // 16 x 64 entries of a matrix, 256 of the attention's own.
    private static readonly ModelShape Shape = ActivationTests.Shape(16, 1, 2);

    /// <summary>Entries with a Pareto tail from 0.5 on are not ruled out, and α lies within its own error; Gaussian ones are.</summary>
    [Fact]
    public void Tail_OfAPowerLaw_IsFound_AndOfAGaussianIsRuledOut()
    {
        using var model = new RandomModel(Shape, seed: 8, edit: (name, values) =>
        {
            var random = new Random(21);
            for (var i = 0; i < values.Length; i++)
            {
                values[i] = (random.Next(2) == 0 ? -1 : 1) * (float)(name.Component == Components.MlpIn
                    ? 0.5 * Math.Pow(1 - random.NextDouble(), -1 / (Alpha - 1))
                    : Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble()));
            }
        });
        var table = Run(model);
        var (law, gauss) = (Row(table, Components.MlpIn), Row(table, Components.MlpOut));
        Assert.InRange(Number("p", law), 0.1, 1);
        Assert.Equal(Alpha, Number("alpha", law), 3 * Number("alpha_error", law));
        Assert.True(Number("vs_exponential", law) > 0 && Number("vs_exponential_p", law) < 0.1);
        Assert.InRange(Number("tail_share", law), 0.3, 1);
        Assert.InRange(Number("ks", law), 0, 0.05);
        Assert.True(Number("p", gauss) < 0.1 || Number("vs_lognormal", gauss) < 0, "a Gaussian's tail passes for a power law");
        Assert.True(Number("vs_lognormal_p", gauss) is >= 0 and <= 1);
        Assert.Equal(Shape.HiddenSize * Shape.IntermediateSize, Number("count", law));
        Assert.Equal(Number("count", law), Number("sample_count", law));

        // The textbook's error does not know that xmin was chosen.
        var inTail = Number("tail_share", gauss) * Number("sample_count", gauss);
        Assert.True(Number("alpha_error", gauss) > 1.2 * (Number("alpha", gauss) - 1) / Math.Sqrt(inTail));
        Assert.Equal(Number("xmin", law), Run(model)["xmin"].Number(law));

        double Number(string column, int row) => table[column].Number(row);
    }

    [Fact]
    public void Matrix_OfZeros_HasNoTail()
    {
        using var model = new RandomModel(Shape, seed: 8, edit: (name, values) => Array.Clear(values));
        var table = Run(model);
        var row = Row(table, Components.MlpIn);
        Assert.Equal(0, table["count"].Number(row));
        Assert.True(double.IsNaN(table["alpha"].Number(row)) && double.IsNaN(table["p"].Number(row)));
        Assert.True(double.IsNaN(table["tail_share"].Number(row)));
    }

    /// <summary>A part of a large sample is drawn evenly: its mean rank is that of the whole, and the seed decides it.</summary>
    [Fact]
    public void LargeSample_IsThinnedOutEvenly()
    {
        var sample = PowerLawSample.OfDescending(
            [.. Enumerable.Range(1, 20_000).Select(value => (double)(1 + (value / 2))).OrderDescending()]);
        var thin = sample.Thin(2000, seed: 4);
        Assert.Equal(2000, thin.Length);
        Assert.Equal(thin.OrderDescending(), thin);
        Assert.Equal(5000, thin.Average(), 5 * 10_000 / Math.Sqrt(12 * 2000));
        Assert.Equal(thin, sample.Thin(2000, seed: 4));
        Assert.NotEqual(thin, sample.Thin(2000, seed: 5));
        Assert.Equal(20_000, sample.Thin(30_000, seed: 4).Length);
    }

    private static ResultTable Run(RandomModel model) =>
        new WeightTailsAnalysis().Run(model.Input, TestContext.Current.CancellationToken);

    private static int Row(ResultTable table, string component) => Array.IndexOf([.. table.Read<string>("component")], component);
}
