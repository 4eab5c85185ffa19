using System.Globalization;
using PythiaOrleans.Cli.Display;
using PythiaOrleans.Reporting.Findings;

namespace PythiaOrleans.Cli.Commands;

/// <summary>Judged findings on a terminal: counts, the matrix of models and findings, one sentence for each verdict.</summary>
internal static class FindingsDisplay
{
    private static readonly Verdict[] Order = [Verdict.Holds, Verdict.Mixed, Verdict.Fails, Verdict.Undecided];

    /// <summary>Prints the findings.</summary>
    /// <param name="reports">What was judged.</param>
    /// <param name="models">The models, smallest first.</param>
    /// <param name="all">Whether every number is printed.</param>
    public static void Show(IReadOnlyList<FindingReport> reports, IReadOnlyList<string> models, bool all)
    {
        if (!all)
        {
            Output.Line(string.Join(", ",
            Order.Select(verdict => $"{reports.Count(report => report.Verdict == verdict)} {Word(verdict)}")) + ".");
            Output.Line("");
            ShowMatrix(reports, models);
        }

        foreach (var report in reports.OrderBy(report => Array.IndexOf(Order, report.Verdict)))
        {
            Output.Line($"{Word(report.Verdict),-9} {report.Id}: {report.Claim}");
            Output.Line($"          {report.Summary}");
            ShowChance(report);
            foreach (var item in all ? report.Evidence : [])
            {
                ShowNumber(item);
            }
        }

        ShowMultiplicity(reports);
    }

    // A column for each model, one for what is said of all models together; findings without any judgement are left out.
    private static void ShowMatrix(IReadOnlyList<FindingReport> reports, IReadOnlyList<string> models)
    {
        var width = reports.Max(report => report.Id.Length);
        Output.Line($"{"",-9} {new string(' ', width)}  {string.Join("  ", models)}");
        foreach (var report in reports.Where(report => report.Parts.Count > 0).OrderBy(report => Array.IndexOf(Order, report.Verdict)))
        {
            var cells = models.Select(model => Mark(report.VerdictOf(model)).PadRight(model.Length));
            Output.Line($"{Word(report.Verdict),-9} {report.Id.PadRight(width)}  {string.Join("  ", cells)}".TrimEnd());
        }

        Output.Line("");
        Output.Line("+ agrees, ~ in part, - does not agree, . not judged on this model alone.");
        Output.Line("");
    }

    private static void ShowChance(FindingReport report)
    {
        var rates = report.Chance.Select(rate => string.Create(CultureInfo.InvariantCulture, $"{rate.Null} {100 * rate.Rate:0.#} %"))
            .ToArray();
        if (rates.Length > 0 && report.Parts.Count > 0)
        {
            Output.Line($"          Chance: the rule passes {string.Join(", ", rates)} of the series without anything to find.");
        }
    }

    private static void ShowNumber(Evidence item)
    {
        var block = item.Block is { } index ? $" block {index}" : "";
        var part = item.Part.Length > 0 ? $"{item.Part}: " : "";
        var expected = item.Expected.Length > 0 ? $", expected {item.Expected}" : "";
        var mark = item.Agrees switch { true => "yes", false => "no", _ => "   " };
        var value = string.Create(CultureInfo.InvariantCulture, $"{item.Value:0.#####}");
        Output.Line($"          {mark,-3} {item.Model} {item.Component}{block}: {part}{item.Quantity} {value}{expected}");
    }

    private static void ShowMultiplicity(IReadOnlyList<FindingReport> reports)
    {
        var decided = reports.Count(report => report.Verdict != Verdict.Undecided);
        var judgements = reports.Sum(report => report.Evidence.Count(item => item.Agrees is not null));
        Output.Note($"{decided} of {reports.Count} findings decided, by {judgements} comparisons of a number with what a claim expects.");
        Output.Note("Some of so many agree by chance: a finding's line 'Chance' says how often its rule passes with nothing to find.");
    }

    private static string Word(Verdict verdict) => verdict.ToString().ToLowerInvariant();

    private static string Mark(Verdict verdict) => verdict switch
    {
        Verdict.Holds => "+",
        Verdict.Mixed => "~",
        Verdict.Fails => "-",
        _ => ".",
    };
}
