using PythiaOrleans.Analyses.WeightSpectrum;
using PythiaOrleans.Checkpoints.Families;
using PythiaOrleans.Core.Tables;

namespace PythiaOrleans.Analyses.Tests;

/// <summary>The columns of a matrix whose singular values are planted: a diagonal one.</summary>
public sealed class SpectrumColumnsTests
{
    private const int Size = 20;

    // A power law of exponent -0.5 over the middle 80 % of ranks (3 to 18), another one at both ends.
    private static readonly double[] Planted =
        [.. Enumerable.Range(1, Size).Select(rank => rank <= 2 ? 12 - rank : rank > 18 ? 0.02 / rank : Math.Pow(rank, -0.5))];

    private static readonly Lazy<(ResultTable Table, int Row)> Measured = new(() =>
    {
        using var model = new RandomModel(ActivationTests.Shape(Size, 1, 2), seed: 8, edit: (name, values) =>
        {
            if (name is { Component: Components.AttentionDense, Parameter: "weight" })
            {
                Array.Clear(values);
                for (var i = 0; i < Size; i++)
                {
                    values[(i * Size) + i] = (float)Planted[i];
                }
            }
        });
        var table = new WeightSpectrumAnalysis().Run(model.Input, CancellationToken.None);
        return (table, Enumerable.Range(0, table.Count).Single(row => (string)table["component"].Cells[row]! == Components.AttentionDense));
    });

    [Fact]
    public void LogLogSlope_IsThatOfTheMiddleOfTheRanksAlone() => Assert.Equal(-0.5, Column("log_log_slope"), 1e-6);

    [Fact]
    public void Summaries_FollowFromTheSingularValues()
    {
        var squares = Planted.Select(value => value * value).ToArray();
        var shares = squares.Select(square => square / squares.Sum()).ToArray();
        Assert.Equal(Size, Column("rows"));
        Assert.Equal(Size, Column("columns"));
        AssertColumn("spectral_norm", Planted[0]);
        AssertColumn("stable_rank", squares.Sum() / squares[0]);
        AssertColumn("effective_rank", Math.Exp(-shares.Sum(share => share * Math.Log(share))));
        AssertColumn("participation_ratio", Math.Pow(squares.Sum(), 2) / squares.Sum(square => square * square));
        AssertColumn("condition_number", Planted[0] / Planted[^1]);
        Assert.Equal(Planted, (double[])Measured.Value.Table["singular_values"].Cells[Measured.Value.Row]!,
            (a, b) => Math.Abs(a - b) < 1e-6 * a);
    }

    /// <summary>Against the edge of a random matrix of the same mean square.</summary>
    [Fact]
    public void MarchenkoPastur_IsThatOfTheMatrixsOwnMeanSquare()
    {
        var variance = Planted.Sum(value => value * value) / (Size * Size);
        AssertColumn("marchenko_pastur_edge", Math.Sqrt(variance) * 2 * Math.Sqrt(Size));
        Assert.Equal(2, Column("outliers")); // the two planted at the top
        Assert.InRange(Column("marchenko_pastur_ks"), 0.3, 1);
        Assert.Equal(0, Column("non_finite"));
    }

    /// <summary>Each column of the power law is the fit's number of that name.</summary>
    [Fact]
    public void PowerLaw_IsThatOfTheSquaredSingularValues()
    {
        var values = (double[])Measured.Value.Table["singular_values"].Cells[Measured.Value.Row]!;
        var squares = Array.ConvertAll(values, value => value * value);
        var xmin = Column("power_law_xmin");
        var tail = squares.Where(square => square >= xmin * (1 - 1e-12)).ToArray(); // xmin went through a logarithm
        var alpha = 1 + (tail.Length / tail.Sum(square => Math.Log(square / xmin)));
        Assert.Equal(tail.Length, Column("power_law_count"));
        AssertColumn("power_law_alpha", alpha);
        AssertColumn("power_law_alpha_error", (alpha - 1) / Math.Sqrt(tail.Length));
        Assert.InRange(Column("power_law_ks"), 0, 1);

        // Vuong's ratio is standard normal where both are as good: its two-sided p value.
        Assert.Equal(TwoSided(Column("power_law_vs_exponential")), Column("power_law_vs_exponential_p"), 1e-9);
        Assert.Equal(TwoSided(Column("power_law_vs_lognormal")), Column("power_law_vs_lognormal_p"), 1e-9);

        static double TwoSided(double ratio) => MathNet.Numerics.SpecialFunctions.Erfc(Math.Abs(ratio) / Math.Sqrt(2));
    }

    private static double Column(string name) => Measured.Value.Table[name].Number(Measured.Value.Row);

    private static void AssertColumn(string name, double expected) => Assert.Equal(expected, Column(name), 1e-5 * Math.Abs(expected));
}
