using PythiaOrleans.Checkpoints.Loading;
using PythiaOrleans.Core.Tables;
using PythiaOrleans.Reporting.Comparisons;
using PythiaOrleans.Reporting.Series;

namespace PythiaOrleans.Reporting.Tests;

public sealed class ComparisonTests
{
    private static readonly SeriesSet Published = PublishedSeriesTests.Published;

    [Fact]
    public void Compare_OfThePublishedSeriesWithThemselves_FindsNoError()
    {
        var report = Comparison.Compare(Published, Published);
        Assert.True(report.Values > 526_100);
        Assert.Equal(0, report.Different);
        Assert.Equal(0, report.UnmatchedRows);
        Assert.Empty(report.Worst);
        Assert.All(report.Summary, series => Assert.Equal(0, series.MaxRelativeError));
        Assert.NotEmpty(report.Summary.Single(
            series => series is { Model: "pythia-70m", Component: "mlp.dense_4h_to_h", Parameter: "bias", Column: "std" }).Note);
    }

    [Fact]
    public void Compare_WithOneValueChangedByOnePercent_NamesIt()
    {
        const int Row = 12_345;
        var report = Comparison.Compare(Changed("weight-moments", "std", Row, value => 1.01 * value), Published);
        var worst = Assert.Single(report.Worst);
        var table = Published.Tables["weight-moments"];
        Assert.Equal(1, report.Different);
        Assert.Equal(0.01, worst.RelativeError, 1e-12);
        Assert.Equal(
            ["std", .. new[] { "model", "component", "parameter", "block", "step" }.Select(key => table[key].Cells[Row])],
            new object?[] { worst.Column, worst.Model, worst.Component, worst.Parameter, worst.Block, worst.Step });
    }

    [Fact]
    public void Compare_WithAValueMissing_NamesIt() =>
        Assert.Equal(double.PositiveInfinity, Assert.Single(
            Comparison.Compare(Changed("weight-moments", "max_abs", 7, _ => null), Published).Worst).RelativeError);

    [Fact]
    public void Compare_OfDistancesFromAnotherStep_HasNoPartner()
    {
        var distances = Published.Tables["weight-distance"];
        var fromZero = new ResultTable([.. distances.Columns.Select(column =>
            column.Schema.Name == "reference_step" ? new Column<int>(column.Schema, new int[column.Count]) : column)]);
        var report =
            Comparison.Compare(new SeriesSet("mine", new Dictionary<string, ResultTable> { ["weight-distance"] = fromZero }), Published);
        Assert.Equal((0, (long)distances.Count), (report.Values, report.UnmatchedRows));
    }

    private static SeriesSet Changed(string analysis, string name, int row, Func<double, double?> change)
    {
        var table = Published.Tables[analysis];
        var changed = new ResultTable([.. table.Columns.Select(column => column.Schema.Name == name
            ? new Column<double?>(column.Schema, column.Read<double?>().Select((value, i) => i == row ? change(value!.Value) : value))
            : column)]);
        return new SeriesSet(
            "changed", Published.Tables.ToDictionary(pair => pair.Key, pair => pair.Key == analysis ? changed : pair.Value));
    }
}
