using PythiaOrleans.Reporting.Findings;
using PythiaOrleans.Reporting.Plots;
using PythiaOrleans.Reporting.Seeds;
using PythiaOrleans.Reporting.Series;
using PythiaOrleans.Reporting.TrainingMaps;

namespace PythiaOrleans.Reporting.Report;

/// <summary>What a report shows of seeds: bands of norms, agreement with claims, training maps.</summary>
internal static class SeedPanels
{
    private const string Analysis = "weight-moments";
    private const string Column = "norm";

    /// <summary>The seeds of a sweep; null where no model was trained more than once.</summary>
    public static ReportSeeds? Create(SeriesSet series, IReadOnlyList<FindingReport> findings, IReadOnlyList<string> models)
    {
        ReportSeedGroup[] groups =
        [
            .. SeedGroups.Of(models).Select(group => WithMap(new ReportSeedGroup(group.Key, group.Value), series)),
        ];
        return groups.Length == 0
            ? null
            : new ReportSeeds(groups, [.. Bands(series, models)],
            [
                .. SeedAgreement.Count(findings, models).Select(one => new ReportAgreement(
                    one.Finding, one.Group, one.Agreeing, one.Judged, Math.Round(one.Low, 3), Math.Round(one.High, 3))),
            ]);
    }

    private static IEnumerable<ReportSeedPanel> Bands(SeriesSet series, IReadOnlyList<string> models)
    {
        var curves = series.Curves(Analysis, Column).Where(curve => curve.Parameter == "weight" && models.Contains(curve.Model));
        foreach (var component in curves.GroupBy(curve => curve.Component))
        {
            Curve[] all = [.. component];
            var bands = SeedBand.From(all);
            int[] steps = [.. bands.SelectMany(band => band.Steps).Distinct().Order()];
            var correlation = SeedBand.Correlation(all);
            yield return new ReportSeedPanel(
                component.Key,
                "norm, median over blocks",
                [.. steps.Select(step => (double)step)],
                [.. bands.Select(band => Create(band, steps, models))],
                double.IsFinite(correlation) ? Math.Round(correlation, 3) : null);
        }
    }

    private static ReportSeedBand Create(SeedBand band, int[] steps, IReadOnlyList<string> models)
    {
        var places = band.Steps.Select((step, place) => (step, place)).ToDictionary(pair => pair.step, pair => pair.place);
        double?[] At(Func<int, double> value) =>
            [.. steps.Select(step => places.TryGetValue(step, out var place) ? ReportLine.Rounded(value(place)) : null)];
        return new ReportSeedBand(
            band.Group,
            models.Index().First(model => model.Item == band.Runs[0]).Index,
            band.Runs.Count,
            At(place => band.Mean[place]),
            At(place => band.Mean[place] - band.Deviation[place]),
            At(place => band.Mean[place] + band.Deviation[place]));
    }

    private static ReportSeedGroup WithMap(ReportSeedGroup group, SeriesSet series)
    {
        if (!TrainingMap.CanBeMade(series, group.Runs))
        {
            return group;
        }

        var map = TrainingMap.Create(series, models: group.Runs);
        return group with
        {
            Map = TrainingMapPicture.Draw(map),
            Departures = [.. map.DescribeDepartures()],
        };
    }
}
