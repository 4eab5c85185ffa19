using PythiaOrleans.Analyses.WeightDistribution;
using PythiaOrleans.Core.Descriptions;
using PythiaOrleans.Core.Ids;
using PythiaOrleans.Core.Tables;

namespace PythiaOrleans.Analyses.Tests;

public sealed class FittingLawTests
{
    /// <summary>The law with the best likelihood is none where one weight in a hundred lies on its wrong side.</summary>
    [Theory]
    [InlineData("gaussian", 0.002, "gaussian")]
    [InlineData("logistic", 0.01, "logistic")]
    [InlineData("laplace", 0.011, "none")]
    [InlineData("student-t", 0.3, "none")]
    [InlineData("", null, "none")]
    public void Law_ThatLiesTooFar_IsNone(string best, double? distance, string expected)
    {
        double Ks(string law) => law == best ? distance!.Value : 0.5;
        var table = ResultTable.From(
            new CheckpointId("mine", 0), [new Row(best, Ks("gaussian"), Ks("logistic"), Ks("laplace"), Ks("student-t"))]);

        var columns = new FittingLaw().Derive(table, table);

        Assert.Equal(["best_fit_ks", "fitting_law"], columns.Select(column => column.Schema.Name));
        Assert.Equal([distance], columns[0].Cells);
        Assert.Equal([expected], columns[1].Cells);
    }

    private sealed record Row(
        [property: Column("law")] string BestFit,
        [property: Column("distance")] double GaussianKs,
        [property: Column("distance")] double LogisticKs,
        [property: Column("distance")] double LaplaceKs,
        [property: Column("distance")] double StudentKs);
}
