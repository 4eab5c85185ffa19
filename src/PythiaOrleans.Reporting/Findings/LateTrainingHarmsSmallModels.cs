using PythiaOrleans.Reporting.Capability;
using PythiaOrleans.Reporting.Series;

namespace PythiaOrleans.Reporting.Findings;

/// <summary>
/// Evaluations joined with the series: does the accuracy on LAMBADA fall late in training, and only in small models?
/// </summary>
/// <remarks>
/// z is that of <see cref="Saturation"/>. On Pythia's published evaluations it is 5.9 to 8.5 in 70m and 160m, deduplicated or not, and
/// below 1.4 in the twelve larger models. Models below 200 million parameters count as small: Godey et al. 2024 (arXiv:2404.07647) see
/// the fall in models with a hidden size below 1,000.
/// </remarks>
internal sealed class LateTrainingHarmsSmallModels : IFinding
{
    private const string Task = "lambada_openai";
    private const string Metric = "acc";
    private const double Small = 200e6;
    private const string Falls = "small models lose accuracy";
    private const string Stays = "larger models do not";
    private const string Size = "the loss shrinks with size";

    private static readonly Measure Accuracy = new("accuracy on LAMBADA", Column(EvaluationTable.Score));
    private static readonly Measure Error = new("standard error of the accuracy on LAMBADA", Column(EvaluationTable.Error));
    private static readonly Measure Parameters =
        new("parameters", Column(EvaluationTable.Parameters)) { Optional = true, Logarithmic = true };

    /// <inheritdoc />
    public string Id => "late-training-harms-small-models";

    /// <inheritdoc />
    public string Claim => "late in training small models lose accuracy on LAMBADA, and larger ones do not";

    /// <inheritdoc />
    public IReadOnlyList<Measure> Measures { get; } = [Accuracy, Error, Parameters];

    /// <inheritdoc />
    public IEnumerable<Evidence> Judge(SeriesSet series)
    {
        var found = series.Models.Select(model => Look(series, model)).OfType<(Saturation Fall, double? Parameters)>()
            .OrderBy(pair => pair.Parameters ?? double.NaN).ToArray();
        foreach (var (fall, parameters) in found)
        {
            yield return Accuracy.Says("", fall.Model, Task, "largest accuracy", fall.Best) with { Step = fall.BestStep };
            yield return Accuracy.Says("", fall.Model, Task, "accuracy at the end", fall.Last);
            if (parameters is not { } count)
            {
                continue;
            }

            var isSmall = count < Small;
            var expected = isSmall ? $"above {Saturation.MinZ:0}" : $"at most {Saturation.MinZ:0}";
            yield return Accuracy.Says(
                isSmall ? Falls : Stays, fall.Model, Task, "loss from the largest accuracy to the last, over its standard error", fall.Z,
                expected, fall.Degrades == isSmall).And(Error).And(Parameters);
        }

        foreach (var evidence in Scale.Judge(
            Accuracy, Size, Task, "minus the loss over its standard error", [.. found.Select(pair => (pair.Fall.Model, -pair.Fall.Z))]))
        {
            yield return evidence.And(Error);
        }
    }

    private static (Saturation Fall, double? Parameters)? Look(SeriesSet series, string model)
    {
        if (Accuracy.Curves(series, model) is not [var scores] || Error.Curves(series, model) is not [var errors])
        {
            return null;
        }

        var curve = ScoreCurve.Join(scores, errors);
        return curve.Steps.Count == 0
            ? null
            : (Saturation.Of(curve), Parameters.Curves(series, model) is [var size] ? size.Last : null);
    }

    private static SeriesColumn Column(string name) =>
        new(EvaluationTable.Analysis, name, Task) { Parameter = Metric, Rows = SeriesRows.Whole };
}
