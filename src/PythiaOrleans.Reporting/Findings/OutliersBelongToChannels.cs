using PythiaOrleans.Reporting.Series;

namespace PythiaOrleans.Reporting.Findings;

/// <summary>Kurtosis and largest value of the residual stream at the end, beside those after a rotation of its channels.</summary>
/// <remarks>
/// An optimiser that treats each channel by itself, as Adam does, and norms with a gain for each can make outliers along channels only;
/// heavy tails of another origin stay in every basis. A stream without outliers is not judged.
/// </remarks>
internal sealed class OutliersBelongToChannels : IFinding
{
    private const double Outliers = 1;
    private const double Quarter = 0.25;
    private const double Half = 0.5;

    private static readonly Measure Plain = Of("excess kurtosis", "excess_kurtosis");
    private static readonly Measure Rotated = Of("excess kurtosis after a rotation", "rotated_excess_kurtosis");
    private static readonly Measure Largest = Of("largest |activation| over the root mean square", "largest_over_rms");
    private static readonly Measure RotatedLargest = Of("the same after a rotation", "rotated_largest_over_rms");

    /// <inheritdoc />
    public string Id => "outliers-belong-to-channels";

    /// <inheritdoc />
    public string Claim => "the outliers of the residual stream lie along single channels: a rotation removes them";

    /// <inheritdoc />
    public IReadOnlyList<Measure> Measures { get; } = [Plain, Rotated, Largest, RotatedLargest];

    /// <inheritdoc />
    public IEnumerable<Evidence> Judge(SeriesSet series)
    {
        foreach (var model in series.Models)
        {
            if (AtTheEnd(Plain) is not { } plain || AtTheEnd(Rotated) is not { } rotated || plain < Outliers
                || AtTheEnd(Largest) is not { } largest || AtTheEnd(RotatedLargest) is not { } turned)
            {
                continue;
            }

            yield return Rotated.Says(
                "kurtosis", model, Matrices.ResidualStream, "excess kurtosis at the end after a rotation, median over blocks", rotated,
                $"at most {Quarter:0.##} times that before, {plain:0.#}", rotated <= Quarter * plain).And(Plain);
            yield return RotatedLargest.Says(
                "largest value", model, Matrices.ResidualStream,
                "largest |activation| at the end over the root mean square after a rotation, median over blocks", turned,
                $"at most {Half:0.#} times that before, {largest:0.#}", turned <= Half * largest).And(Largest);

            double? AtTheEnd(Measure measure) => measure.Curves(series, model) is { Count: > 0 } curves
                ? CurveStatistics.Median(curves.Select(curve => curve.Last))
                : null;
        }
    }

    private static Measure Of(string name, string column) => new(
        name, new SeriesColumn("stream-controls", column, Matrices.ResidualStream) { Parameter = "inner" });
}
