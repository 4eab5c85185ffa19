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
    /// <summary>The fewest stops of the slider in a report: the first checkpoints, where most happens, then ever further apart.</summary>
    private const int MinFrames = 9;

    /// <summary>Stops times models. The frames are most of the file, so that few models have more stops and many models fewer.</summary>
    private const int ModelFrames = 6 * MinFrames;

    /// <summary>Reads series and chosen results.</summary>
    /// <param name="sweep">The sweep.</param>
    /// <param name="analyses">What is shown, in order.</param>
    /// <param name="all">The series.</param>
    /// <param name="tokenText">The text of a token; null leaves ids.</param>
    /// <param name="cancellationToken">Stops the reading.</param>
    public async Task<ReportPage> GatherAsync(
        SweepSpec sweep,
        IReadOnlyList<AnalysisDescription> analyses,
        SeriesSet all,
        Func<int, string>? tokenText,
        CancellationToken cancellationToken)
    {
        var models = Models(sweep);
        var sections = new List<ReportSection>();
        foreach (var analysis in analyses.Where(analysis => analysis.Plots.Count > 0))
        {
            sections.Add(await SectionAsync(
                sweep, analysis, all.Tables.GetValueOrDefault(analysis.Name), FrameSteps(sweep.Steps, sweep.Models.Count),
                cancellationToken)
                .ConfigureAwait(false));
        }

        if (NormBudgets.Create(all) is { } budgets)
        {
            sections.Add(await SectionAsync(sweep, NormBudgets.Description, budgets, [], cancellationToken).ConfigureAwait(false));
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
            Seeds = SeedPanels.Create(all, findings, sweep.Models),
        };
    }

    /// <summary>One plot, and nothing that it does not need.</summary>
    /// <param name="sweep">The sweep.</param>
    /// <param name="analyses">What it measured.</param>
    /// <param name="id">The plot's id.</param>
    /// <param name="steps">Of a plot of one step: the steps that are read.</param>
    /// <param name="cancellationToken">Stops the reading.</param>
    /// <returns>A page with this plot alone.</returns>
    /// <exception cref="ArgumentException">There is no such plot, or it has no values; the message says which there are.</exception>
    public async Task<ReportPage> GatherPlotAsync(
        SweepSpec sweep,
        IReadOnlyList<AnalysisDescription> analyses,
        string id,
        IReadOnlyList<int> steps,
        CancellationToken cancellationToken)
    {
        AnalysisDescription[] all = [.. analyses, NormBudgets.Description];
        var known = all.SelectMany(analysis => analysis.Plots.Select(plot => (Analysis: analysis, Plot: plot))).ToArray();
        var (chosen, declared) = known.FirstOrDefault(pair => PlotSource.IdOf(pair.Analysis, pair.Plot) == id);
        if (chosen is null || !PlotKinds.Find(chosen, declared!).HasPictures)
        {
            string[] names = [.. known.Where(pair => PlotKinds.Find(pair.Analysis, pair.Plot).HasPictures)
                .Select(pair => PlotSource.IdOf(pair.Analysis, pair.Plot))];
            throw new ArgumentException(
                $"There is no plot '{id}' of sweep '{sweep.Name}': {Suggestion.Among(id, names)} `pythia plot {sweep.Name}` lists all.");
        }

        string[] columns = [.. SeriesKind.Columns, declared!.Column];
        var series = await TableAsync(sweep, chosen, declared.Kind == PlotKind.Series ? columns : null, cancellationToken)
            .ConfigureAwait(false);
        var source = new PlotSource(store, sweep, chosen, series, steps);
        var plot = await PlotKinds.Find(chosen, declared).GatherAsync(source, declared, cancellationToken).ConfigureAwait(false);
        return plot.Groups.Count == 0
            ? throw new ArgumentException(
                $"Plot '{id}' has no values in sweep '{sweep.Name}' yet: `pythia plot {sweep.Name}` lists those that have some.")
            : new ReportPage(sweep.Name, Models(sweep), sweep.Steps.Count, 0, 0, [], [], new Dictionary<int, string>(), [
                new ReportSection(chosen.Name, chosen.Title, chosen.Question, chosen.Source, [plot]),
            ]);
    }

    /// <summary>All plots with what they can show; of those of one step the last committed one is looked at.</summary>
    public async Task<IReadOnlyList<ReportSection>> ListAsync(
        SweepSpec sweep, IReadOnlyList<AnalysisDescription> analyses, CancellationToken cancellationToken)
    {
        var standing = await store.Ledger.ReadAsync(sweep, cancellationToken).ConfigureAwait(false);
        var sections = new List<ReportSection>();
        foreach (var analysis in analyses.Append(NormBudgets.Description).Where(analysis => analysis.Plots.Count > 0))
        {
            var table = await TableAsync(
                sweep, analysis, analysis.Name == NormBudgets.Name ? null : [.. SeriesKind.Columns, .. analysis.Plots
                    .Select(plot => plot.Column)], cancellationToken).ConfigureAwait(false);
            var last = sweep.Steps.Cast<int?>().LastOrDefault(
                step => standing.Models.Any(model => model.Listing.Contains(analysis.Id, step!.Value)));
            sections.Add(await SectionAsync(sweep, analysis, table, last is { } step ? [step] : [], cancellationToken)
                .ConfigureAwait(false));
        }

        return sections;
    }

    // A series with some of its columns; the norm budget, which is not stored, is made from others.
    private async Task<ResultTable?> TableAsync(
        SweepSpec sweep, AnalysisDescription analysis, IReadOnlyCollection<string>? columns, CancellationToken cancellationToken)
    {
        var reader = new SeriesReader(store.Blobs);
        return analysis.Name == NormBudgets.Name
            ? NormBudgets.Create(await SeriesSet.ReadAsync(reader, sweep.Name, catalog, cancellationToken).ConfigureAwait(false))
            : await reader.ReadAsync(sweep.Name, analysis.Name, cancellationToken, columns).ConfigureAwait(false);
    }

    private ReportModel[] Models(SweepSpec sweep) =>
    [
        .. sweep.Models.Select(name => catalog.Find(name))
            .Select(model => new ReportModel(model.Name, model.Shape.Blocks, model.Shape.ParameterCount, sweep.Steps).With(model.Schedule)),
    ];

    private async Task<ReportSection> SectionAsync(
        SweepSpec sweep, AnalysisDescription analysis, ResultTable? series, IReadOnlyList<int> steps, CancellationToken cancellationToken)
    {
        var plots = new List<ReportPlot>();
        foreach (var plot in analysis.Plots)
        {
            var source = new PlotSource(store, sweep, analysis, series, steps);
            plots.Add(await PlotKinds.Find(analysis, plot).GatherAsync(source, plot, cancellationToken).ConfigureAwait(false));
        }

        return new ReportSection(analysis.Name, analysis.Title, analysis.Question, analysis.Source, plots) { Reading = analysis.Reading };
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

    /// <summary>The steps whose frames are shown: all where they are few; else first, second, then ever further apart, last.</summary>
    /// <param name="steps">The sweep's.</param>
    /// <param name="models">How many models share the file.</param>
    internal static IReadOnlyList<int> FrameSteps(IReadOnlyList<int> steps, int models)
    {
        var (last, stops) = (steps.Count - 1, Math.Max(MinFrames, ModelFrames / Math.Max(1, models)));
        if (steps.Count <= stops)
        {
            return steps;
        }

        var indices = Enumerable.Range(0, stops).Select(i => (int)Math.Round(last * Math.Pow((double)i / (stops - 1), 2)));
        return [.. indices.Distinct().Select(index => steps[index])];
    }
}
