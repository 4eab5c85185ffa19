using System.Globalization;
using PythiaOrleans.Checkpoints.Catalog;
using PythiaOrleans.Checkpoints.Census;
using PythiaOrleans.Reporting.Series;

namespace PythiaOrleans.Reporting.Census;

/// <summary>The census of a sweep: all weights, tensor by tensor, from what the sweep has measured. Nothing is read again.</summary>
/// <remarks>
/// A tensor is another step's where its digest is, or, in a sweep without <c>tensor-digests</c>, all its statistics to the last bit. A step
/// is <em>partly foreign</em> where more than 2 % of its values lie in tensors of another step and not all of them do; tensors that all
/// steps share were not trained and do not count.
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
        var all = SweptSteps.Read(series);
        var models = all.GroupBy(step => step.Model)
            .Select(model => (Model: model.Key, Steps: (IReadOnlyList<SweptStep>)[.. model.OrderBy(step => step.Step)])).ToArray();
        var ofModels = SweptModelCopies.Find(all).ToLookup(fault => fault.Model);
        var means = SweptSteps.HasDigests(series) ? "digests" : "statistics";
        return new SuiteCensus(
            series.Name, $"sweep {series.Name}, by {means} of the tensors", CensusLevel.Weights, taken,
            [.. models.Select(model => Create(model.Model, model.Steps, catalog.TryFind(model.Model), ofModels[model.Model]))]);
    }

    private static ModelCensus Create(
        string model, IReadOnlyList<SweptStep> steps, ModelEntry? entry, IEnumerable<CensusFault> ofOtherModels)
    {
        SweptStep[] trained = [.. steps.Select(step => step with { Tensors = Trained(step, steps) })];
        var pairs = FindIdentical(trained).ToArray();
        var copies = FindCopies(trained, pairs).ToArray();
        var copied = copies.Where(fault => fault.Severity == CensusSeverity.Bad).Select(fault => fault.Step).ToHashSet();
        SweptStep[] own = [.. steps.Where(step => !copied.Contains(step.Step))];
        var faults = copies.Concat(ofOtherModels).Concat(FindNonFinite(steps)).Concat(SweptLayoutFaults.Find(steps))
            .Concat(FindForeignRun(own, entry?.Schedule)).ToLookup(fault => fault.Step);
        return new ModelCensus(model, entry?.Repository, steps.Count, [.. steps.Select(step => new CensusRevision(
            step.Step,
            step.Name,
            step.File?.Files ?? 0,
            step.File?.Bytes ?? 0,
            step.File?.Sha256[..SignDigits] ?? "",
            step.Sizes.Values.Sum(),
            step is { SquaredMovement: { } moved, SquaredNorm: > 0 } ? Math.Sqrt(moved / step.SquaredNorm) : null,
            step.Similarity,
            [.. faults[step.Step]],
            entry?.KnownBad.GetValueOrDefault(step.Step)))], null)
        {
            Identical = pairs,
        };
    }

    private static IEnumerable<IdenticalShare> FindIdentical(SweptStep[] trained) =>
        from step in trained
        from other in trained
        where step.Step != other.Step
        let share = step.IdenticalShare(other)
        where share > 0
        select new IdenticalShare(step.Step, other.Step, share);

    private static IEnumerable<CensusFault> FindCopies(SweptStep[] trained, IdenticalShare[] pairs)
    {
        var sharesOf = pairs.Where(pair => pair.Share > MinShare).ToLookup(pair => pair.Step);
        foreach (var step in trained)
        {
            IdenticalShare[] shares = [.. sharesOf[step.Step]];
            if (shares.Length == 0)
            {
                continue;
            }

            if (SweptStep.IsAtStart(step.Step) && shares.All(pair => SweptStep.IsAtStart(pair.Other)))
            {
                if (shares.Min(pair => pair.Other) is var first && first < step.Step)
                {
                    yield return Fault(step, FaultKind.SameAsStep, CensusSeverity.Note,
                        $"the weights are those of step {first}; expected, for the learning rate of the first update is 0");
                }
            }
            else if (step.Step != trained[^1].Step) // the last step has its own weights; which others have them do not
            {
                var (_, closest, share) = shares.OrderByDescending(pair => pair.Share).ThenByDescending(pair => pair.Other).First();
                yield return share >= 1
                    ? Fault(step, FaultKind.SameAsStep, CensusSeverity.Bad, $"all weights are those of step {closest}")
                    : Fault(step, FaultKind.ForeignTensors, CensusSeverity.Bad, string.Create(
                        CultureInfo.InvariantCulture, $"{100 * share:0.#} % of the weights are those of step {closest}"));
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

    private static CensusFault Fault(SweptStep step, FaultKind kind, CensusSeverity severity, string detail) =>
        new(step.Model, step.Step, step.Name, kind, severity, detail);
}
