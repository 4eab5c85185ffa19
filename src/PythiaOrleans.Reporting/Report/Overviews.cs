using System.Globalization;
using PythiaOrleans.Core.Descriptions;
using PythiaOrleans.Core.Ids;
using PythiaOrleans.Core.Sweeps;
using PythiaOrleans.Reporting.Findings;
using PythiaOrleans.Reporting.Plots;
using PythiaOrleans.Reporting.Series;

namespace PythiaOrleans.Reporting.Report;

/// <summary>The first screen of a page: what was measured, on which models, when, and how to read the verdicts.</summary>
internal static class Overviews
{
    /// <summary>Of series alone.</summary>
    public static ReportOverview Create(SeriesSet series, IReadOnlyList<FindingReport> findings, IReadOnlyList<string> models) => new()
    {
        Caveat = SuiteCaveat.Find(series),
        Multiplicity = Multiplicity.Count(findings, models).ToString(),
        Loss = FindingPanels.Loss(series, models),
    };

    /// <summary>What was measured of a sweep, and under which circumstances.</summary>
    public static async Task<ReportOverview> WithSweepAsync(
        this ReportOverview overview,
        ResultStore store,
        SweepStanding standing,
        IReadOnlyList<AnalysisDescription> analyses,
        CancellationToken cancellationToken)
    {
        var sweep = standing.Sweep;
        var times = await TimesAsync(store, standing, cancellationToken).ConfigureAwait(false);
        return overview with
        {
            Measured =
            [
                .. analyses.Select(analysis => new ReportMeasured(
                    analysis.Name, analysis.Title,
                    [.. sweep.Models.Select(model => sweep.Steps.Count(step => standing[model].Listing.Contains(analysis.Id, step)))])),
            ],
            Circumstances =
            [
                $"Checkpoints from {sweep.Source}, steps {sweep.Steps[0]} to {sweep.Steps[^1]}; distances from step {sweep.ReferenceStep}.",
                $"Activations and gradients on {Batch(sweep)}.",
                .. times is null ? Array.Empty<string>() : [times],
            ],
        };
    }

    private static string Batch(SweepSpec sweep) => sweep.Batch switch
    {
        null => "the text that comes with the product",
        { Kind: BatchSpec.DefaultText } batch => $"the text that comes with the product, {batch.Rows} × {batch.Length} tokens",
        { } batch => $"the sweep's own {batch.Kind}, {batch.Rows} × {batch.Length} tokens",
    };

    // A record for each result would be a million reads: the first and the last checkpoint of each model say when the work was done.
    private static async Task<string?> TimesAsync(ResultStore store, SweepStanding standing, CancellationToken cancellationToken)
    {
        var keys =
            from model in standing.Models
            from step in new[] { standing.Sweep.Steps[0], standing.Sweep.Steps[^1] }
            from analysis in standing.Sweep.Analyses
            where model.Listing.Contains(analysis, step)
            select new ResultKey(new CheckpointId(model.Model, step), analysis);
        var times = new List<DateTimeOffset>();
        foreach (var key in keys.DistinctBy(key => key.Checkpoint))
        {
            if (await store.ReadRunAsync(key, cancellationToken).ConfigureAwait(false) is { } run)
            {
                times.Add(run.FinishedAt);
            }
        }

        return times.Count == 0
            ? null
            : $"Measured between {Minute(times.Min())} and {Minute(times.Max())} UTC (first and last checkpoints).";
    }

    private static string Minute(DateTimeOffset time) => time.UtcDateTime.ToString("yyyy-MM-dd HH:mm", CultureInfo.InvariantCulture);
}
