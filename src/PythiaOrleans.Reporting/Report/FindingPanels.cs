using PythiaOrleans.Core.Sweeps;
using PythiaOrleans.Reporting.Findings;
using PythiaOrleans.Reporting.Plots;
using PythiaOrleans.Reporting.Series;

namespace PythiaOrleans.Reporting.Report;

/// <summary>Findings as the report shows them: verdict, evidence, and the series behind them as medians over blocks.</summary>
internal static class FindingPanels
{
    private const int PanelsAtMost = 4;
    private const int EvidenceAtMost = 150;

    /// <summary>Judges every finding on the series of a sweep.</summary>
    public static IReadOnlyList<ReportFinding> Create(SeriesSet series, SweepSpec sweep) =>
    [
        .. FindingCatalog.Judge(series).Select(report => new ReportFinding(
            report.Id,
            report.Claim,
            report.Verdict.ToString().ToLowerInvariant(),
            report.Summary,
            [.. report.Evidence.OrderBy(item => item.Agrees switch { false => 0, true => 1, _ => 2 }).Take(EvidenceAtMost).Select(Shown)],
            [.. Panels(report, series, sweep).Take(PanelsAtMost)])),
    ];

    private static ReportEvidence Shown(Evidence item) => new(
        string.Join(' ', new[] { item.Model, item.Component, item.Block is { } block ? $"block {block}" : "" }.Where(part => part.Length > 0)),
        item.Quantity, FrameLine.Rounded(item.Value), item.Expected, item.Agrees);

    private static IEnumerable<ReportFindingPanel> Panels(FindingReport report, SeriesSet series, SweepSpec sweep)
    {
        foreach (var read in report.Reads)
        {
            var judged = read.Components.Length > 0 ? read.Components : [.. report.Evidence.Select(item => item.Component)];
            var curves = series.Curves(read.Analysis, read.Column);
            var groups = curves.Where(curve => judged.Contains(curve.Component)).GroupBy(curve => (curve.Component, curve.Parameter)).ToArray();
            foreach (var group in groups.Length > 0 ? groups : curves.GroupBy(curve => (curve.Component, curve.Parameter)).Take(1))
            {
                var lines = group.GroupBy(curve => curve.Model).Where(model => sweep.Models.Contains(model.Key))
                    .Select(model => Line(((IReadOnlyList<Curve>)[.. model]).MedianCurve(), sweep)).OfType<ReportLine>().ToArray();
                if (lines.Length > 0)
                {
                    yield return new ReportFindingPanel($"{group.Key.Component} {group.Key.Parameter}".Trim(), read.Column.Replace('_', ' '), lines);
                }
            }
        }
    }

    private static ReportLine? Line(Curve? curve, SweepSpec sweep)
    {
        if (curve is null)
        {
            return null;
        }

        var at = curve.Steps.Zip(curve.Values).ToDictionary(pair => pair.First, pair => pair.Second);
        return new ReportLine(
            sweep.Models.ToList().IndexOf(curve.Model), null, [.. sweep.Steps.Select(step => at.TryGetValue(step, out var value) ? FrameLine.Rounded(value) : null)]);
    }
}
