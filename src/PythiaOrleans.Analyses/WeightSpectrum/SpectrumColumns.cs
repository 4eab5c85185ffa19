using PythiaOrleans.Core.Descriptions;
using PythiaOrleans.Core.Tables;
using PythiaOrleans.Numerics.Geometry;
using PythiaOrleans.Numerics.RandomMatrices;

namespace PythiaOrleans.Analyses.WeightSpectrum;

/// <summary>What the stored singular values tell beyond the analysis's own columns; nothing is measured again.</summary>
/// <remarks>
/// <c>effective_rank_sigma</c>: exp(−Σ p ln p) with p = σ/Σσ, the effective rank of Roy and Vetterli 2007 (RankMe takes the same); the
/// analysis's <c>effective_rank</c> has p = σ²/Σσ². <c>top_gap</c>: the largest ratio of neighbouring singular values among the top
/// ten, that is how far single directions stand apart. <c>bulk_outliers</c>: singular values above the 99 % quantile of a Gaussian
/// matrix's largest, the matrix's deviation taken from its median singular value (Gavish and Donoho 2014), which outliers do not
/// inflate as they do the mean square.
/// </remarks>
internal sealed class SpectrumColumns : IDerivedColumns
{
    private const int Top = 10;

    /// <inheritdoc />
    public string Analysis => "weight-spectrum";

    /// <inheritdoc />
    public int Version => 2; // of 1: a matrix of zeros had an effective rank of 1

    /// <inheritdoc />
    public IReadOnlyCollection<string> Lists { get; } = ["singular_values"];

    /// <inheritdoc />
    public IReadOnlyList<ResultColumn> Derive(ResultTable table, ResultTable final)
    {
        ArgumentNullException.ThrowIfNull(table);
        return
        [
            Column<double>("effective_rank_sigma", "exponential of the entropy of the singular values over their sum",
            (values, _, _) => EffectiveRank(values)),
            Column<double>("top_gap", "largest ratio of neighbouring singular values among the top ten", (values, _, _) => TopGap(values)),
            Column<int>(
                "bulk_outliers",
                "singular values above the 99 % quantile of a Gaussian matrix's largest, its deviation that of the median singular value",
                (values, rows, columns) => BulkOutliers(values, rows, columns)),
        ];

        ResultColumn Column<T>(string name, string description, Func<double[], long, long, T> value)
            where T : struct
        {
            var (spectra, rows, columns) = (table.Read<double[]>("singular_values"), table.Read<long>("rows"), table.Read<long>("columns"));
            return new Column<T?>(
                new ColumnSchema(name, typeof(T), true, description, ""),
                Enumerable.Range(0, table.Count).Select(row => spectra[row] is { Length: > 1 } values
                    ? value(values, rows[row], columns[row])
                    : (T?)null));
        }
    }

    /// <summary>Roy and Vetterli's effective rank; NaN where all values are 0.</summary>
    internal static double EffectiveRank(double[] values) => SpectrumShape.EffectiveRank(values);

    /// <summary>The largest ratio of one of the ten largest values to the next.</summary>
    /// <param name="values">Descending.</param>
    internal static double TopGap(double[] values) =>
        Enumerable.Range(0, Math.Min(Top, values.Length - 1)).Where(i => values[i + 1] > 0)
            .Select(i => values[i] / values[i + 1]).DefaultIfEmpty(double.NaN).Max();

    /// <summary>Values above the edge of the bulk.</summary>
    internal static int BulkOutliers(double[] values, long rows, long columns)
    {
        var (m, n) = (Math.Max(rows, columns), Math.Min(rows, columns));
        var middle = (values[values.Length / 2] + values[(values.Length - 1) / 2]) / 2;
        var variance = middle * middle / (m * new MarchenkoPastur(m, n, 1).Median());
        var edge = new MarchenkoPastur(m, n, variance).OutlierEdge;
        return values.Count(value => value > edge);
    }
}
