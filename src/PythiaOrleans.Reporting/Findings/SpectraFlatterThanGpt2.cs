using PythiaOrleans.Checkpoints.Families;
using PythiaOrleans.Reporting.Series;

namespace PythiaOrleans.Reporting.Findings;

/// <summary>The slope of the log-log spectra at the end, beside that of the model of GPT-2's kind that is nearest in size.</summary>
/// <remarks>A model with learned embeddings of positions counts as one of GPT-2's kind. Without one in the sweep nothing is said.</remarks>
internal sealed class SpectraFlatterThanGpt2 : IFinding
{
    private static readonly Measure Slope = new(
        "slope of the log-log spectrum", new SeriesColumn("weight-spectrum", "log_log_slope", Matrices.Ungated));

    private static readonly Measure Positions = new(
        "slope of the position embeddings' spectrum",
        new SeriesColumn("weight-spectrum", "log_log_slope", Components.EmbedPosition) { Rows = SeriesRows.Whole })
    { Optional = true };

    /// <inheritdoc />
    public string Id => "spectra-flatter-than-gpt2";

    /// <inheritdoc />
    public string Claim => "spectra of the weight matrices are flatter than those of a GPT-2 of like size";

    /// <inheritdoc />
    public IReadOnlyList<Measure> Measures { get; } = [Slope, Positions];

    /// <inheritdoc />
    public IEnumerable<Evidence> Judge(SeriesSet series)
    {
        var sizes = series.CountParameters();
        var all = series.Models.Select((model, order) => (Model: model, Size: sizes.GetValueOrDefault(model, order + 1),
                Slopes: Slope.Curves(series, model), Positions: Positions.Curves(series, model)))
            .Where(one => one.Slopes.Count > 0).ToLookup(one => one.Positions.Count > 0);
        if (!all.Contains(true))
        {
            yield break;
        }

        foreach (var (model, _, _, positions) in all[true])
        {
            yield return Positions.Says("", model, Components.EmbedPosition, "slope, which marks a GPT-2", positions[0].Last);
        }

        foreach (var (model, size, slopes, _) in all[false])
        {
            var other = all[true].MinBy(one => Math.Abs(Math.Log(one.Size / size)));
            var (own, reference) = (AtTheEnd(slopes), AtTheEnd(other.Slopes));
            yield return Slope.Says(
                "", model, "", "slope at the end, median over matrices and blocks", own, $"over {reference:0.###}, that of {other.Model}",
                own > reference);
        }
    }

    private static double AtTheEnd(IReadOnlyList<Curve> curves) => CurveStatistics.Median(curves.Select(curve => curve.Last));
}
