namespace PythiaOrleans.Reporting.Findings;

/// <summary>A finding, judged.</summary>
/// <param name="Id">The finding's name.</param>
/// <param name="Claim">The claim in one sentence.</param>
/// <param name="Verdict">What the numbers say.</param>
/// <param name="Summary">The verdict in one sentence: which models agree, with what, or what is missing.</param>
/// <param name="Evidence">The numbers.</param>
/// <param name="Reads">The series that were read.</param>
public sealed record FindingReport(
    string Id, string Claim, Verdict Verdict, string Summary, IReadOnlyList<Evidence> Evidence, IReadOnlyList<SeriesColumn> Reads)
{
    /// <summary>The parts of the claim, each with its own verdict.</summary>
    public IReadOnlyList<FindingPart> Parts { get; init; } = [];

    /// <summary>
    /// How often all rules of the claim together pass where there is nothing to find, for each null model that they were tried on.
    /// </summary>
    public IReadOnlyList<NullRate> Chance { get; init; } = [];

    /// <summary>Null models that the claim itself says to be true, so that to pass them is no fault.</summary>
    public IReadOnlyList<string> AssertedNulls { get; init; } = [];

    /// <summary>
    /// The null model that the whole claim passes most often, of those that it does not itself assert; null where it was tried on none.
    /// </summary>
    public NullRate? MostPassed =>
        Chance.Where(rate => !AssertedNulls.Contains(rate.Null)).MaxBy(rate => rate.Rate);

    /// <summary>What was judged, to be drawn; empty where nothing was.</summary>
    public FindingPicture Picture { get; init; } = FindingPicture.Empty;

    /// <summary>The verdict for one model alone, for a matrix of models and findings; undecided where the model was not judged.</summary>
    public Verdict VerdictOf(string model)
    {
        var parts = Evidence.Where(item => item.Agrees is not null && item.Model == model).GroupBy(item => item.Part)
            .Select(part => part.All(item => item.Agrees == true)).ToArray();
        return Verdicts.Combine(parts.Count(agrees => agrees), parts.Length);
    }
}
