using System.Globalization;
using PythiaOrleans.Checkpoints.Catalog;
using PythiaOrleans.Checkpoints.Census;
using PythiaOrleans.Reporting.Series;

namespace PythiaOrleans.Reporting.Census;

/// <summary>The census of a sweep: all weights, tensor by tensor, from what the sweep has measured. Nothing is read again.</summary>
/// <remarks>
/// A tensor is another step's where all its statistics are, to the last bit. A step is <em>partly foreign</em> where more than 2 % of its
/// values lie in tensors of another step and not all of them do; tensors that all steps share were not trained and do not count.
/// Descent: ‖θ_t − θ_0‖ / ‖θ_0 − θ_0'‖ over all weights, θ_0' another seed; of independent starts the denominator is √(‖θ_0‖² + ‖θ_0'‖²).
/// It is near 0 early in training, and near 1 for a run that starts elsewhere (EleutherAI/pythia#203).
/// </remarks>
public static class SweepCensus
{
    private const int SignDigits = 10;
    private const double MinShare = 0.02;

    /// <summary>Takes the census.</summary>
    /// <param name="series">The sweep's series.</param>
    /// <param name="catalog">Knows the models, their steps and schedules.</param>
    /// <param name="taken">When, in UTC.</param>
    /// <exception cref="ArgumentException">The sweep has no moments.</exception>
    public static SuiteCensus Create(SeriesSet series, ModelCatalog catalog, DateTimeOffset taken)
    {
        ArgumentNullException.ThrowIfNull(series);
        ArgumentNullException.ThrowIfNull(catalog);
        var models = SweptSteps.Read(series).GroupBy(step => step.Model)
            .Select(model => (Model: model.Key, Steps: (IReadOnlyList<SweptStep>)[.. model.OrderBy(step => step.Step)])).ToArray();
        return new SuiteCensus(
            series.Name, $"sweep {series.Name}", CensusLevel.Weights, taken,
            [.. models.Select(model => Create(model.Model, model.Steps, catalog.TryFind(model.Model)))]);
    }

    private static ModelCensus Create(string model, IReadOnlyList<SweptStep> steps, ModelEntry? entry)
    {
        var copies = FindCopies(steps).ToArray();
        var copied = copies.Where(fault => fault.Severity == CensusSeverity.Bad).Select(fault => fault.Step).ToHashSet();
        SweptStep[] own = [.. steps.Where(step => !copied.Contains(step.Step))];
        var faults = copies.Concat(FindNonFinite(steps)).Concat(FindForeignRun(own, entry?.Schedule)).ToLookup(fault => fault.Step);
        return new ModelCensus(model, entry?.Repository, steps.Count, [.. steps.Select(step => new CensusRevision(
            step.Step,
            Name(step),
            step.File.Files,
            step.File.Bytes,
            step.File.Sha256.Length >= SignDigits ? step.File.Sha256[..SignDigits] : "",
            step.Tensors.Values.Sum(tensor => tensor.Count),
            step is { SquaredMovement: { } moved, SquaredNorm: > 0 } ? Math.Sqrt(moved / step.SquaredNorm) : null,
            step.Similarity,
            [.. faults[step.Step]],
            entry?.KnownBad.GetValueOrDefault(step.Step)))], null);
    }

    private static IEnumerable<CensusFault> FindCopies(IReadOnlyList<SweptStep> steps)
    {
        var trained = steps.Select(step => step with { Tensors = Trained(step, steps) }).ToArray();
        foreach (var step in trained)
        {
            var shares = trained.Where(other => other.Step != step.Step)
                .Select(other => (Other: other, Share: step.IdenticalShare(other))).Where(pair => pair.Share > MinShare).ToArray();
            if (shares.Length == 0)
            {
                continue;
            }

            if (step.Step <= 2 && shares.All(pair => pair.Other.Step <= 2))
            {
                if (shares.Min(pair => pair.Other.Step) is var first && first < step.Step)
                {
                    yield return Fault(step, FaultKind.SameAsStep, CensusSeverity.Note,
                        $"the weights are those of step {first}; expected, for the learning rate of the first update is 0");
                }
            }
            else if (step.Step != trained[^1].Step) // the last step has its own weights; which others have them do not
            {
                var (closest, share) = shares.OrderByDescending(pair => pair.Share).ThenByDescending(pair => pair.Other.Step).First();
                yield return share >= 1
                    ? Fault(step, FaultKind.SameAsStep, CensusSeverity.Bad, $"all weights are those of step {closest.Step}")
                    : Fault(step, FaultKind.ForeignTensors, CensusSeverity.Bad, string.Create(
                        CultureInfo.InvariantCulture, $"{100 * share:0.#} % of the weights are those of step {closest.Step}"));
            }
        }
    }

    // What all steps share was not trained, where anything was.
    private static Dictionary<string, TensorSign> Trained(SweptStep step, IReadOnlyList<SweptStep> steps)
    {
        var trained = step.Tensors
            .Where(tensor => steps.Any(other => !other.Tensors.TryGetValue(tensor.Key, out var its) || its != tensor.Value))
            .ToDictionary(tensor => tensor.Key, tensor => tensor.Value);
        return trained.Count > 0 ? trained : step.Tensors.ToDictionary(tensor => tensor.Key, tensor => tensor.Value);
    }

    private static IEnumerable<CensusFault> FindNonFinite(IReadOnlyList<SweptStep> steps) => steps.Where(step => step.NonFinite > 0)
        .Select(step => Fault(step, FaultKind.NotFinite, CensusSeverity.Bad, string.Create(
            CultureInfo.InvariantCulture, $"{step.NonFinite:N0} values are not finite")));

    private static IEnumerable<CensusFault> FindForeignRun(IReadOnlyList<SweptStep> steps, TrainingSchedule? schedule)
    {
        if (steps is not [{ Step: 0, SquaredNorm: > 0 } start, ..])
        {
            return [];
        }

        SweptStep[] later = [.. steps.Skip(1).Where(step => step.SquaredDistance is not null)];
        var (foreign, sentence) = DescentRule.Find(
            later, step => step.Step, step => Ratio(step, start), Math.Sqrt(start.SquaredNorm / start.Count), schedule);
        return foreign.Select(step => Fault(step, FaultKind.ForeignRun, CensusSeverity.Bad, sentence));
    }

    private static double Ratio(SweptStep step, SweptStep start) => Math.Sqrt(step.SquaredDistance!.Value / (2 * start.SquaredNorm));

    private static string Name(SweptStep step) => string.Create(CultureInfo.InvariantCulture, $"step{step.Step}");

    private static CensusFault Fault(SweptStep step, FaultKind kind, CensusSeverity severity, string detail) =>
        new(step.Model, step.Step, Name(step), kind, severity, detail);
}
