using PythiaOrleans.Checkpoints.Census;

namespace PythiaOrleans.Reporting.Census;

/// <summary>Steps of a sweep whose weights are all those of another model of it.</summary>
/// <remarks>
/// Runs with one initialization share step 0, and the steps before anything moved. A run whose own step 0 is another one does not
/// (EleutherAI/pythia#203: at step 1 four decoupled runs were one).
/// </remarks>
internal static class SweptModelCopies
{
    private const int MaxNamed = 3;

    /// <param name="steps">All steps of all models.</param>
    public static IEnumerable<CensusFault> Find(IReadOnlyList<SweptStep> steps)
    {
        var identified = steps.Where(step => step.Tensors.Count > 0)
            .Select(step => (Step: step, Identity: step.ComputeIdentity())).ToArray();
        var starts = identified.Where(pair => pair.Step.Step == 0).ToDictionary(pair => pair.Step.Model, pair => pair.Identity);
        foreach (var group in identified.GroupBy(pair => pair.Identity))
        {
            foreach (var (step, _) in group.Where(pair => !IsRight(pair.Step, pair.Identity, starts)))
            {
                string[] others = [.. group.Where(pair => pair.Step.Model != step.Model)
                    .Select(pair => $"{pair.Step.Model} at step {pair.Step.Step}").Take(MaxNamed)];
                if (others.Length > 0)
                {
                    yield return new CensusFault(step.Model, step.Step, step.Name, FaultKind.SameAsModel, CensusSeverity.Bad,
                        $"all weights are those of {string.Join(", ", others)}");
                }
            }
        }
    }

    private static bool IsRight(SweptStep step, string identity, Dictionary<string, string> starts) => step.Step == 0
        || (SweptStep.IsAtStart(step.Step) && (!starts.TryGetValue(step.Model, out var start) || start == identity));
}
