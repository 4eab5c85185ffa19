using System.Globalization;

namespace PythiaOrleans.Reporting.Findings;

/// <summary>The verdict in one sentence: what was found, beside what the claim expects.</summary>
internal static class VerdictSentence
{
    private const int MaxValues = 6;

    /// <summary>The sentence of a judged finding.</summary>
    public static string Of(IReadOnlyList<FindingPart> parts, IReadOnlyList<Evidence> evidence) => parts.Count == 0
        ? "needs components, blocks or models that the series do not have"
        : string.Join("; ", parts
            .Select(part => Part(part, [.. evidence.Where(item => item.Part == part.Name && item.Agrees is not null)])));

    private static string Part(FindingPart part, Evidence[] numbers)
    {
        var name = part.Name.Length > 0 ? $"{part.Name}: " : "";
        var agree = (part.Agreeing.Count, part.Judged) switch
        {
            (var some, var all) when some == all => all == 1 ? "agrees" : $"all {all} agree",
            (0, var all) => all == 1 ? "does not agree" : $"none of {all} agrees",
            var (some, all) => $"{some} of {all} agree ({string.Join(", ", part.Agreeing)})",
        };
        var chance = part is { Verdict: Verdict.Undecided, WorstNull: { } worst }
            ? string.Create(CultureInfo.InvariantCulture, $", but so do {100 * worst.Rate:0} % of {worst.Null} series: undecided")
            : "";
        return $"{name}{agree}{chance}; {Numbers(numbers)}";
    }

    private static string Numbers(Evidence[] numbers)
    {
        var first = numbers.GroupBy(item => (item.Quantity, item.Component)).First();
        var values = string.Join(", ", first.Take(MaxValues).Select(item => Rounded(item.Value)));
        var expected = first.Select(item => item.Expected).Distinct().ToArray();
        return $"{first.Key.Quantity} {values}{(first.Count() > MaxValues ? ", ..." : "")}"
            + (expected is [{ Length: > 0 } only] ? $"; the claim says {only}" : "");
    }

    private static string Rounded(double value) => double.IsInfinity(value) ? "never"
        : value.ToString(Math.Abs(value) >= 1000 ? "0" : "0.###", CultureInfo.InvariantCulture);
}
