namespace PythiaOrleans.Reporting.Findings;

/// <summary>
/// One part of a claim, judged on its own: 'the norms peak between checkpoints 20 and 40' is true or not whatever the decline after it
/// does.
/// </summary>
/// <param name="Name">A few words; empty where the claim has one part only.</param>
/// <param name="Verdict">What the numbers say of this part.</param>
/// <param name="Agreeing">The models, or the components of all models together, that agree.</param>
/// <param name="Judged">How many models, or components of all models together, were judged.</param>
/// <param name="Chance">How often the rule passes where there is nothing to find, for each null model that it was tried on.</param>
public sealed record FindingPart(string Name, Verdict Verdict, IReadOnlyList<string> Agreeing, int Judged, IReadOnlyList<NullRate> Chance)
{
    /// <summary>The null model that the rule passes most often; null where none was tried.</summary>
    public NullRate? WorstNull => Chance.MaxBy(rate => rate.Rate);
}
