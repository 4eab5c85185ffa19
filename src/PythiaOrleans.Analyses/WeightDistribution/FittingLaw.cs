using PythiaOrleans.Core.Descriptions;
using PythiaOrleans.Core.Tables;

namespace PythiaOrleans.Analyses.WeightDistribution;

/// <summary>Whether the best of the fitted laws fits at all: among a million values Akaike's criterion always names a winner.</summary>
/// <remarks>
/// <c>best_fit_ks</c> is the Kolmogorov-Smirnov distance of <c>best_fit</c>; <c>fitting_law</c> is <c>best_fit</c> where that is at most
/// <see cref="Close"/>, else <c>none</c>.
/// </remarks>
internal sealed class FittingLaw : IDerivedColumns
{
    /// <summary>The distance up to which a law counts as fitting: one weight in a hundred on the wrong side.</summary>
    internal const double Close = 0.01;

    /// <inheritdoc />
    public string Analysis => "weight-distribution";

    /// <inheritdoc />
    public int Version => 1;

    /// <inheritdoc />
    public IReadOnlyCollection<string> Lists => [];

    /// <inheritdoc />
    public IReadOnlyList<ResultColumn> Derive(ResultTable table, ResultTable final)
    {
        ArgumentNullException.ThrowIfNull(table);
        var distances = new Dictionary<string, IReadOnlyList<double>>(StringComparer.Ordinal)
        {
            ["gaussian"] = table.Read<double>("gaussian_ks"),
            ["logistic"] = table.Read<double>("logistic_ks"),
            ["laplace"] = table.Read<double>("laplace_ks"),
            ["student-t"] = table.Read<double>("student_ks"),
        };
        var laws = table.Read<string>("best_fit");
        double?[] best = [.. laws.Select((law, row) => distances.TryGetValue(law, out var ks) ? ks[row] : (double?)null)];
        return
        [
            new Column<double?>(
                new ColumnSchema("best_fit_ks", typeof(double), true, "Kolmogorov-Smirnov distance of best_fit", ""), best),
            new Column<string>(
                new ColumnSchema("fitting_law", typeof(string), false, $"best_fit where its distance is at most {Close}, else none", ""),
                best.Select((distance, row) => distance <= Close ? laws[row] : "none")),
        ];
    }
}
