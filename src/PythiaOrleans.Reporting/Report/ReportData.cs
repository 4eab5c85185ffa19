using PythiaOrleans.Checkpoints.Catalog;
using PythiaOrleans.Core.Descriptions;
using PythiaOrleans.Core.Ids;
using PythiaOrleans.Core.Sweeps;
using PythiaOrleans.Core.Tables;
using PythiaOrleans.Reporting.Budgets;
using PythiaOrleans.Reporting.Findings;
using PythiaOrleans.Reporting.Plots;
using PythiaOrleans.Reporting.Series;

namespace PythiaOrleans.Reporting.Report;

/// <summary>Gathers what a report shows from series and results.</summary>
internal sealed class ReportData(ResultStore store, ModelCatalog catalog)
{
    /// <summary>The slider's stops in a report: the first checkpoints, where most happens, then ever further apart. More would make the
    /// file too large.</summary>
    private const int FramesOfAReport = 9;

    /// <summary>Reads series and chosen results.</summary>
    /// <param name="sweep">The sweep.</param>
    /// <param name="analyses">What is shown, in order.</param>
    /// <param name="all">The series.</param>
    /// <param name="tokenText">The text of a token; null leaves ids.</param>
    /// <param name="whole">The plot that gets a frame for every checkpoint, instead of a few.</param>
    /// <param name="cancellationToken">Stops the reading.</param>
    public async Task<ReportPage> GatherAsync(
        SweepSpec sweep,
        IReadOnlyList<AnalysisDescription> analyses,
        SeriesSet all,
        Func<int, string>? tokenText,
        string? whole,
        CancellationToken cancellationToken)
    {
        var models = sweep.Models.Select(name => catalog.Find(name))
            .Select(model => new ReportModel(model.Name, model.Shape.Blocks, model.Shape.ParameterCount, sweep.Steps).With(model.Schedule))
            .ToArray();
        var sections = new List<ReportSection>();
        foreach (var analysis in analyses.Where(analysis => analysis.Plots.Count > 0))
        {
            sections.Add(await SectionAsync(
                sweep, analysis, all.Tables.GetValueOrDefault(analysis.Name), whole, cancellationToken).ConfigureAwait(false));
        }

        if (NormBudgets.Create(all) is { } budgets)
        {
            sections.Add(await SectionAsync(sweep, NormBudgets.Description, budgets, whole, cancellationToken).ConfigureAwait(false));
        }

        var standing = await store.Ledger.ReadAsync(sweep, cancellationToken).ConfigureAwait(false);
        var findings = FindingCatalog.Judge(all);
        return new ReportPage(
            sweep.Name, models, sweep.Steps.Count, standing.Total, standing.Done,
            [.. standing.Failures.Select(failure => new ReportFailure(failure.Checkpoint.ToString(), failure.Message))],
            FindingPanels.Create(findings, sweep.Models), TokenTexts(sections, tokenText), sections)
        {
            Overview = await Overviews.Create(all, findings, sweep.Models)
                .WithSweepAsync(store, standing, analyses, cancellationToken).ConfigureAwait(false),
        };
    }

    private async Task<ReportSection> SectionAsync(
        SweepSpec sweep, AnalysisDescription analysis, ResultTable? series, string? whole, CancellationToken cancellationToken)
    {
        var plots = new List<ReportPlot>();
        foreach (var plot in analysis.Plots)
        {
            var source = new PlotSource(store, sweep, analysis, series, FrameSteps(sweep.Steps));
            var complete = source.IdOf(plot) == whole ? source with { FrameSteps = sweep.Steps } : source;
            plots.Add(await PlotKinds.Find(analysis, plot).GatherAsync(complete, plot, cancellationToken).ConfigureAwait(false));
        }

        return new ReportSection(analysis.Name, analysis.Title, analysis.Question, analysis.Source, plots);
    }

    private static Dictionary<int, string> TokenTexts(List<ReportSection> sections, Func<int, string>? tokenText) =>
        tokenText is null ? [] :
        (from section in sections
         from plot in section.Plots
         from plotted in plot.Groups
         from frame in plotted.Frames ?? []
         from line in frame.Lines
         from id in line.Tokens ?? []
         select id).Distinct().ToDictionary(id => id, tokenText);

    /// <summary>The steps whose frames are shown: first, second, then ever further apart, last.</summary>
    internal static IReadOnlyList<int> FrameSteps(IReadOnlyList<int> steps)
    {
        var last = steps.Count - 1;
        var indices =
            Enumerable.Range(0, FramesOfAReport).Select(i => (int)Math.Round(last * Math.Pow((double)i / (FramesOfAReport - 1), 2)));
        return [.. indices.Distinct().Select(index => steps[index])];
    }
}
