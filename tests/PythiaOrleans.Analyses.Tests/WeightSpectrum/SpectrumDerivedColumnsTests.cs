using PythiaOrleans.Analyses.WeightSpectrum;
using PythiaOrleans.Core.Tables;
using PythiaOrleans.Testing;

namespace PythiaOrleans.Analyses.Tests;

/// <summary>What is derived from stored singular values.</summary>
public sealed class SpectrumDerivedColumnsTests
{
    /// <summary>
    /// Equal values count fully; of (3, 1), p = σ/Σσ gives exp(H(.75, .25)) = 1.7548, where σ² would give exp(H(.9, .1)) = 1.3842.
    /// </summary>
    [Fact]
    public void EffectiveRank_IsThatOfTheValuesThemselves()
    {
        Assert.Equal(4, SpectrumColumns.EffectiveRank([2, 2, 2, 2]), 1e-12);
        Assert.Equal(1.7548, SpectrumColumns.EffectiveRank([3, 1]), 1e-4);
    }

    [Fact]
    public void TopGap_IsTheLargestRatioAmongTheTopTen()
    {
        Assert.Equal(3, SpectrumColumns.TopGap([9, 3, 2, 1.9]), 1e-12);
        double[] late = [.. Enumerable.Range(0, 20).Select(i => i < 12 ? 20.0 - (0.1 * i) : 1)];
        Assert.InRange(SpectrumColumns.TopGap(late), 1, 1.01); // the fall after the twelfth value is no outlier's
    }

    /// <summary>Spikes inflate the mean square and with it the edge of the whole; the bulk's edge is not moved.</summary>
    [Fact]
    public void BulkOutliers_CountSpikesThatHideEachOther()
    {
        const int rows = 200, columns = 100, spikes = 20;
        var edge = Math.Sqrt(rows) + Math.Sqrt(columns);
        double[] bulk = [.. Enumerable.Range(0, columns - spikes)
            .Select(i => edge - (0.99 * (edge - (Math.Sqrt(rows) - Math.Sqrt(columns))) * (i + 1) / columns))];
        double[] values = [.. Enumerable.Range(0, spikes).Select(i => (1.5 * edge) + i).OrderDescending(), .. bulk];
        Assert.Equal(spikes, SpectrumColumns.BulkOutliers(values, rows, columns));
    }

    [Fact]
    public void Derive_GivesAValueForEachRow_AndNoneWithoutSingularValues()
    {
        var table = new ResultTable(
        [
            SampleTables.Column("rows", typeof(long), false, [4L, 4L]),
            SampleTables.Column("columns", typeof(long), false, [2L, 2L]),
            new Column<double[]>(new ColumnSchema("singular_values", typeof(double[]), false, "", ""), [[3, 1], []]),
        ]);
        var derived = new SpectrumColumns().Derive(table, table).ToDictionary(column => column.Schema.Name);
        Assert.Equal(3.0, derived["top_gap"].Cells[0]);
        Assert.Null(derived["top_gap"].Cells[1]);
    }
}
