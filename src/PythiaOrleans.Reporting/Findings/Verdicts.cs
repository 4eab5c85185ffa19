namespace PythiaOrleans.Reporting.Findings;

/// <summary>How verdicts are put together.</summary>
internal static class Verdicts
{
    /// <summary>All agree: holds; none: fails; some: mixed; nothing was judged: undecided.</summary>
    public static Verdict Combine(int agreeing, int judged) => (agreeing, judged) switch
    {
        (_, 0) => Verdict.Undecided,
        var (some, all) when some == all => Verdict.Holds,
        (0, _) => Verdict.Fails,
        _ => Verdict.Mixed,
    };

    /// <summary>
    /// A claim of several parts: holds or fails where all its parts do, undecided where none is decided, mixed otherwise.
    /// </summary>
    public static Verdict Combine(IReadOnlyCollection<FindingPart> parts) =>
        parts.Select(part => part.Verdict).Distinct().ToArray() switch
        {
            [] => Verdict.Undecided,
            [var only] => only,
            _ when parts.Where(part => part.Verdict != Verdict.Undecided).All(part => part.Verdict == Verdict.Fails) => Verdict.Fails,
            _ => Verdict.Mixed,
        };
}
