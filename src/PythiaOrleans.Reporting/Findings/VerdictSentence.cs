using System.Globalization;
using System.Text.RegularExpressions;
using PythiaOrleans.Reporting.Series;

namespace PythiaOrleans.Reporting.Findings;

/// <summary>The verdict in one sentence: what was found, beside what the claim expects.</summary>
internal static partial class VerdictSentence
{
    private const int MaxValues = 6;

    /// <summary>What a finding lacks that found its columns and judged nothing.</summary>
    public static string CreateUndecided(IFinding finding, SeriesSet series)
    {
        string[] absent =
        [
            .. finding.Measures
                .Where(measure => !measure.Optional && series.Models.All(model => measure.Curves(series, model).Count == 0))
                .SelectMany(measure => measure.Columns)
                .Where(column => series.Models.All(model => column.Select(series, model).Count == 0))
                .Select(column => $"{column} of {string.Join(" or ", column.Components)}{(column.Parameter is { } name ? $" {name}" : "")}")
                .Distinct(),
        ];
        return absent.Length > 0
            ? $"needs {string.Join(", and ", absent)}, which these models do not have"
            : "needs more models, blocks or checkpoints than there are";
    }

    /// <summary>The sentence of a judged finding.</summary>
    /// <param name="parts">The parts of the claim, one at least.</param>
    /// <param name="evidence">The numbers.</param>
    /// <param name="passes">The null model that the rules pass too often; null where there is none.</param>
    /// <param name="found">What the parts together say, whatever null models say.</param>
    public static string Create(
        IReadOnlyList<FindingPart> parts, IReadOnlyList<Evidence> evidence, NullRate? passes, Verdict found)
    {
        var said = string.Join(
            "; ", parts.Select(part => Part(part, [.. evidence.Where(item => item.Part == part.Name && item.Agrees is not null)])));
        return passes is null ? said : string.Create(
            CultureInfo.InvariantCulture,
            $"{said}; the rule passes {100 * passes.Rate:0} % of {passes.Null} series, "
                + $"so it {(found == Verdict.Holds ? "cannot" : "could not")} say that the claim holds");
    }

    private static string Part(FindingPart part, Evidence[] numbers)
    {
        var name = part.Name.Length > 0 ? $"{part.Name}: " : "";
        var agree = (part.Agreeing.Count, part.Judged) switch
        {
            (var some, var all) when some == all => all == 1 ? "agrees" : $"all {all} agree",
            (0, var all) => all == 1 ? "does not agree" : $"none of {all} agrees",
            var (some, all) => $"{some} of {all} agree ({string.Join(", ", part.Agreeing)})",
        };
        return $"{name}{agree}; {Numbers(numbers)}";
    }

    // Of several quantities or components the first that does not agree, or the first.
    private static string Numbers(Evidence[] numbers)
    {
        var first = numbers.GroupBy(item => (Frame: Digits().Replace(item.Quantity, "#"), item.Component))
            .OrderBy(group => group.All(item => item.Agrees == true)).First();
        var several = numbers.Any(item => item.Component != first.Key.Component) ? $" ({first.Key.Component})" : "";
        var values = string.Join(", ", first.Take(MaxValues).Select(item => Rounded(item.Value)));
        var expected = Common([.. first.Select(item => item.Expected)]);
        return $"{Common([.. first.Select(item => item.Quantity)])}{several}: {values}{(first.Count() > MaxValues ? ", ..." : "")}"
            + (expected.Length > 0 ? $"; the claim says {expected}" : "");
    }

    // What the models' texts have in common: a number that differs between them becomes dots.
    private static string Common(string[] texts)
    {
        var words = texts.Select(text => text.Split(' ')).ToArray();
        return words.Any(other => other.Length != words[0].Length) ? texts[0] : string.Join(
            ' ', words[0].Select((word, i) => words.All(other => other[i] == word) ? word : Digits().Replace(word, "...")));
    }

    [GeneratedRegex(@"-?\d+(\.\d+)?(E[-+]?\d+)?")]
    private static partial Regex Digits();

    private static string Rounded(double value) => double.IsInfinity(value) ? "never"
        : double.IsNaN(value) ? "none"
        : value.ToString(Math.Abs(value) >= 1000 ? "0" : "0.###", CultureInfo.InvariantCulture);
}
