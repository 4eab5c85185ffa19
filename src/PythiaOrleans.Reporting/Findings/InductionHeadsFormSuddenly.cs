using PythiaOrleans.Reporting.Series;

namespace PythiaOrleans.Reporting.Findings;

/// <summary>The rise of the best head's induction score on repeated random tokens, and of the gain from context at the same time.</summary>
/// <remarks>Olsson et al. 2022. A model without an induction head at the end, a best score under 0.1, is not judged.</remarks>
internal sealed class InductionHeadsFormSuddenly : IFinding
{
    private const double Least = 0.1;
    private const double Start = 0.1;
    private const double End = 0.9;
    private const double Half = 0.5;

    // A rise from a tenth to nine tenths within this factor in steps is sudden: a score that grows as the steps do takes 9. One
    // that was there from the start did not form.
    private const double Sudden = 3;
    private const double SameTime = 2;

    private static readonly Measure Induction = new(
        "attention to what followed the token before",
        new SeriesColumn("attention-heads", "induction", "attention.repeated") { Parameter = null });

    private static readonly Measure Context = new(
        "loss late in the context minus early (nats per token)",
        new SeriesColumn("behaviour", "in_context_score", "logits") { Parameter = "batch", Rows = SeriesRows.Whole })
    { Optional = true };

    /// <inheritdoc />
    public string Id => "induction-heads-form-suddenly";

    /// <inheritdoc />
    public string Claim => "induction heads form suddenly, and context begins to help at that moment";

    /// <inheritdoc />
    public IReadOnlyList<Measure> Measures { get; } = [Induction, Context];

    /// <inheritdoc />
    public IEnumerable<Evidence> Judge(SeriesSet series)
    {
        foreach (var model in series.Models)
        {
            if (Induction.Curves(series, model).MaxBy(head => head.Last) is not { Steps.Length: > 2 } best || best.Last < Least)
            {
                continue;
            }

            var (start, half, end) = (StepAt(best, Start), StepAt(best, Half), StepAt(best, End));
            yield return Induction.Says(
                "sudden", model, "", $"step at {End:0.#} of the final score over that at {Start:0.#}, best head", end / start,
                $"under {Sudden:0}, from a start below {Start:0.#}", best.First < Start * best.Last && end < Sudden * start) with
            { Step = (int)half };
            var context = Context.Curves(series, model).SingleOrDefault();
            if (context is { Steps.Length: > 2 } && context.Last < 0)
            {
                var gain = StepAt(context, Half);
                yield return Context.Says(
                    "with context", model, "", "step at which context helps half as much as at the end, over that of half the score",
                    gain / half, $"{1 / SameTime:0.#} to {SameTime:0}", gain <= SameTime * half && half <= SameTime * gain)
                    .And(Induction) with
                { Step = (int)gain };
            }
        }
    }

    // The first step at which a share of the final value is reached; 1 stands for the beginning.
    private static double StepAt(Curve curve, double share) =>
        Math.Max(1, curve.Steps[Array.FindIndex(curve.Values, value => value / curve.Last >= share)]);
}
