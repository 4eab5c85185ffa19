using PythiaOrleans.Reporting.Series;

namespace PythiaOrleans.Reporting.Findings;

/// <summary>The share of the fall of the loss that has happened when the MLP turns logistic.</summary>
internal sealed class LogisticShiftWithLossDrop : IFinding
{
    // Nine tenths of the fall are the steep part; a shift within half as much time again coincides with it.
    private const double Steep = 0.9;
    private const double Late = 1.5;

    private static readonly Measure Difference = new(
        "logistic minus Gaussian log-likelihood (nats per weight)",
        new SeriesColumn("weight-distribution", "logistic_minus_gaussian", Matrices.Mlp))
    { Limits = [0] };

    private static readonly Measure Loss = new(
        "loss on the batch (nats per token)", new SeriesColumn("residual-stream", "loss", Matrices.ResidualStream) { Parameter = "all" });

    /// <inheritdoc />
    public string Id => "logistic-shift-with-loss-drop";

    /// <inheritdoc />
    public string Claim => "the MLP turns logistic while the loss falls steeply";

    /// <inheritdoc />
    public IReadOnlyList<Measure> Measures { get; } = [Difference, Loss];

    /// <inheritdoc />
    public IEnumerable<Evidence> Judge(SeriesSet series)
    {
        foreach (var model in series.Models)
        {
            var loss = Loss.Curves(series, model).FirstOrDefault();
            var crossing = Difference.Curves(series, model) is { Count: > 0 } blocks ? blocks.MedianCrossing() : double.NaN;
            if (loss is null || double.IsNaN(crossing) || loss.First <= loss.Last)
            {
                continue;
            }

            var fall = loss with { Values = [.. loss.Values.Select(value => (loss.First - value) / (loss.First - loss.Values.Min()))] };
            var end = fall.Fraction(fall.Steps[Array.FindIndex(fall.Values, value => value >= Steep)]);
            yield return Difference.Says(
                "", model, "", $"fraction of training of the logistic shift (the loss has fallen by {100 * Steep:0} % at {end:0.###})",
                crossing, $"at most {Late:0.#} times that", crossing <= Late * end).And(Loss);
            if (double.IsFinite(crossing))
            {
                yield return Difference.Says("", model, "", "fraction of training of the logistic shift", crossing) with
                {
                    Step = (int)Math.Round(crossing * loss.Steps[^1]),
                };
            }

            yield return Loss.Says("", model, "", $"fraction of training at which the loss has fallen by {100 * Steep:0} %", end) with
            {
                Step = (int)Math.Round(end * loss.Steps[^1]),
            };
        }
    }
}
