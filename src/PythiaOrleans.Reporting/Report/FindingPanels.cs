using PythiaOrleans.Reporting.Findings;
using PythiaOrleans.Reporting.Plots;
using PythiaOrleans.Reporting.Series;

namespace PythiaOrleans.Reporting.Report;

/// <summary>Findings as the report shows them: verdict, evidence, and the whole picture of what was judged.</summary>
internal static class FindingPanels
{
    private const int MaxEvidence = 150;

    /// <summary>Findings for a page of the given models.</summary>
    public static IReadOnlyList<ReportFinding> Create(IReadOnlyList<FindingReport> reports, IReadOnlyList<string> models) =>
    [
        .. reports.Select(report => new ReportFinding(
            report.Id,
            report.Claim,
            Word(report.Verdict),
            report.Summary,
            [.. report.Evidence.OrderBy(item => item.Agrees switch { false => 0, true => 1, _ => 2 }).Take(MaxEvidence).Select(Shown)],
            [.. report.Picture.Panels.Select(panel => Create(panel, models)).Where(panel => panel.Lines.Count > 0)])
        {
            Parts =
            [
                .. report.Parts.Select(part => new ReportFindingPart(
                    part.Name, Word(part.Verdict), part.Agreeing.Count, part.Judged, Chance(part.Chance, report.AssertedNulls))),
            ],
            Models = [.. models.Select(model => Word(report.VerdictOf(model)))],
            Chance = Chance(report.Chance, report.AssertedNulls),
            Numbers = report.Evidence.Count,
        }),
    ];

    /// <summary>The losses of all models along training; null where none was measured.</summary>
    public static ReportFindingPanel? Loss(SeriesSet series, IReadOnlyList<string> models)
    {
        PictureLine[] lines =
        [
            .. series.Curves("residual-stream", "loss").Where(curve => models.Contains(curve.Model)).GroupBy(curve => curve.Model)
                .Select(model => model.MaxBy(curve => curve.Steps.Length)!)
                .Select(curve => new PictureLine(curve.Model, null, [.. curve.Steps.Select(step => (double)step)], curve.Values)),
        ];
        return lines.Length == 0 ? null : Create(new PicturePanel("nats a token", "Loss", PictureAxis.Step, lines), models);
    }

    private static ReportFindingPanel Create(PicturePanel panel, IReadOnlyList<string> models)
    {
        PictureLine[] lines = [.. panel.Lines.Where(line => models.Contains(line.Model))];
        double[] x = [.. lines.SelectMany(line => line.X).Distinct().Order()];
        return new ReportFindingPanel(
            $"{panel.Component} {panel.Parameter}".Trim(), panel.Measure, x, [.. lines.Select(line => Create(line, x, models))])
        {
            XLabel = panel.Axis switch
            {
                PictureAxis.Block => "block",
                PictureAxis.Fraction => "fraction of training",
                PictureAxis.DecayTime => "decay time",
                _ => "step",
            },
            Log = panel.Logarithmic,
            InBlocks = lines.Any(line => line.Block is not null)
                && lines.GroupBy(line => line.Model).Any(model => model.Count() > 1),
            Windows = panel.Window is { } window ? Windows(window, lines, models) : [],
            Limits = panel.Limits,
            Marks =
            [
                .. panel.Marks.Where(mark => models.Contains(mark.Model)).Select(mark => new ReportMark(
                    IndexOf(models, mark.Model), mark.Block, mark.X, ReportLine.Rounded(mark.Y), mark.Text)),
            ],
        };
    }

    private static ReportLine Create(PictureLine line, double[] x, IReadOnlyList<string> models)
    {
        var at = line.X.Zip(line.Y).ToDictionary(pair => pair.First, pair => pair.Second);
        return new ReportLine(
            IndexOf(models, line.Model),
            line.Block,
            [.. x.Select(place => at.TryGetValue(place, out var y) ? ReportLine.Rounded(y) : null)]);
    }

    // Fractions of training are other steps in a model that was not measured to its end.
    private static IReadOnlyList<ReportWindow> Windows(PictureWindow window, PictureLine[] lines, IReadOnlyList<string> models)
    {
        var ends = lines.GroupBy(line => line.Model).Select(model => (model.Key, Last: model.Max(line => line.X[^1]))).ToArray();
        return ends.Select(end => end.Last).Distinct().Count() == 1
            ? [new ReportWindow(null, window.From * ends[0].Last, window.To * ends[0].Last)]
            : [.. ends.Select(end => new ReportWindow(IndexOf(models, end.Key), window.From * end.Last, window.To * end.Last))];
    }

    private static IReadOnlyList<ReportChance> Chance(IEnumerable<NullRate> rates, IReadOnlyList<string> asserted) =>
        [.. rates.Select(rate => new ReportChance(rate.Null, Math.Round(rate.Rate, 3), asserted.Contains(rate.Null)))];

    private static ReportEvidence Shown(Evidence item) => new(
        string.Join(' ', new[] { item.Model, item.Component, item.Block is { } block ? $"block {block}" : "" }
            .Where(part => part.Length > 0)),
        item.Quantity, ReportLine.Rounded(item.Value), item.Expected, item.Agrees);

    private static string Word(Verdict verdict) => verdict.ToString().ToLowerInvariant();

    private static int IndexOf(IReadOnlyList<string> models, string model) => models.ToList().IndexOf(model);
}
