using System.Globalization;
using PythiaOrleans.Cli.Display;
using PythiaOrleans.Reporting.Findings;
using PythiaOrleans.Reporting.Series;

namespace PythiaOrleans.Cli.Commands;

/// <summary>Judged findings on a terminal: counts, the matrix of models and findings, one sentence for each verdict.</summary>
internal static class FindingsDisplay
{
    private static readonly Verdict[] Order = [Verdict.Holds, Verdict.Mixed, Verdict.Fails, Verdict.Undecided];

    /// <summary>Prints the findings.</summary>
    /// <param name="reports">What was judged.</param>
    /// <param name="series">On what.</param>
    /// <param name="all">Whether every number is printed.</param>
    public static void Show(IReadOnlyList<FindingReport> reports, SeriesSet series, bool all)
    {
        if (!all)
        {
            ShowSuite(series);
            Output.Line(string.Join(", ",
            Order.Select(verdict => $"{reports.Count(report => report.Verdict == verdict)} {Word(verdict)}")) + ".");
            Output.Line("");
            ShowMatrix(reports, series.Models);
            Output.Line(Multiplicity.Count(reports, series.Models).ToString());
            Output.Line("");
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
    }

    // What was judged: the caveat, the series' checkpoints, the losses.
    private static void ShowSuite(SeriesSet series)
    {
        if (SuiteCaveat.Find(series) is { } caveat)
        {
            Output.Line(caveat);
            Output.Line("");
        }

        foreach (var (analysis, table) in series.Tables.Where(pair => pair.Value.Count > 0)
            .OrderBy(pair => pair.Key, StringComparer.Ordinal))
        {
            int[] steps = [.. table.Read<int>("step").Distinct()];
            var count = table.Read<string>("model").Distinct().Count();
            var models = count == 1 ? "1 model" : $"{count} models";
            Output.Line($"{analysis}: {models}, {steps.Length} checkpoints, steps {steps.Min()} to {steps.Max()}");
        }

        var losses = series.Models.Select(model => (model, Curve: series.Curves("residual-stream", "loss").FirstOrDefault(
            curve => curve.Model == model))).Where(pair => pair.Curve is not null).ToArray();
        if (losses.Length > 0)
        {
            var values = losses.Select(pair =>
                string.Create(CultureInfo.InvariantCulture, $"{pair.model} {pair.Curve!.First:0.##} to {pair.Curve.Last:0.##}"));
            Output.Line($"Loss, nats a token, first to last checkpoint: {string.Join(", ", values)}");
        }

        Output.Line("");
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

    private static string Word(Verdict verdict) => verdict.ToString().ToLowerInvariant();

    private static string Mark(Verdict verdict) => verdict switch
    {
        Verdict.Holds => "+",
        Verdict.Mixed => "~",
        Verdict.Fails => "-",
        _ => ".",
    };
}
