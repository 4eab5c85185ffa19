using PythiaOrleans.Core.Sweeps;
using PythiaOrleans.Reporting.Findings;
using PythiaOrleans.Reporting.Plots;
using PythiaOrleans.Reporting.Series;

namespace PythiaOrleans.Reporting.Report;

/// <summary>Findings as the report shows them: verdict, evidence, and the series that were judged.</summary>
internal static class FindingPanels
{
    private const int MaxPanels = 8;
    private const int MaxEvidence = 150;

    /// <summary>Judges every finding on the series of a sweep.</summary>
    public static IReadOnlyList<ReportFinding> Create(SeriesSet series, SweepSpec sweep) =>
    [
        .. FindingCatalog.Judge(series).Select(report => new ReportFinding(
            report.Id,
            report.Claim,
            report.Verdict.ToString().ToLowerInvariant(),
            report.Summary,
            [.. report.Evidence.OrderBy(item => item.Agrees switch { false => 0, true => 1, _ => 2 }).Take(MaxEvidence).Select(Shown)],
            [.. Panels(report, sweep).Take(MaxPanels)])),
    ];

    private static ReportEvidence Shown(Evidence item) => new(
        string.Join(' ', new[] { item.Model, item.Component, item.Block is { } block ? $"block {block}" : "" }
            .Where(part => part.Length > 0)),
        item.Quantity, ReportLine.Rounded(item.Value), item.Expected, item.Agrees);

    // The picture is the finding's own: a panel shows what was judged, block by block where blocks were.
    private static IEnumerable<ReportFindingPanel> Panels(FindingReport report, SweepSpec sweep) =>
        from panel in report.Picture.Panels
        where panel.Axis == PictureAxis.Step
        let lines = panel.Lines.Where(line => sweep.Models.Contains(line.Model)).Select(line => Line(line, sweep)).ToArray()
        where lines.Length > 0
        select new ReportFindingPanel($"{panel.Component} {panel.Parameter}".Trim(), panel.Measure, lines);

    private static ReportLine Line(PictureLine line, SweepSpec sweep)
    {
        var at = line.X.Zip(line.Y).ToDictionary(pair => (int)pair.First, pair => pair.Second);
        return new ReportLine(
            sweep.Models.ToList().IndexOf(line.Model),
            line.Block,
            [.. sweep.Steps.Select(step => at.TryGetValue(step, out var value) ? ReportLine.Rounded(value) : null)]);
    }
}
