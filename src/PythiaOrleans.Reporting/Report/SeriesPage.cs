using PythiaOrleans.Checkpoints.Catalog;
using PythiaOrleans.Core.Descriptions;
using PythiaOrleans.Core.Sweeps;
using PythiaOrleans.Core.Tables;
using PythiaOrleans.Reporting.Budgets;
using PythiaOrleans.Reporting.Capability;
using PythiaOrleans.Reporting.Findings;
using PythiaOrleans.Reporting.Plots;
using PythiaOrleans.Reporting.Published;
using PythiaOrleans.Reporting.Series;

namespace PythiaOrleans.Reporting.Report;

/// <summary>Pages of series without the results that they were made from, such as the published ones.</summary>
public static class SeriesPage
{
    /// <summary>Writes the report of series: findings, a plot of every scalar column that an analysis declares, the norm budget where
    /// the models' schedules are known, and scores.</summary>
    /// <param name="series">The series, with the evaluations of their models where there are some.</param>
    /// <param name="catalog">Knows how many parameters a model has; a model that it does not know is shown without.</param>
    /// <param name="analyses">What the analyses say of themselves; those that have no series are passed over.</param>
    /// <param name="folder">Where to; made where it does not exist.</param>
    /// <param name="stills">Whether every plot is written as PNG too.</param>
    /// <param name="cancellationToken">Stops the writing.</param>
    public static async Task<ReportFiles> WriteAsync(
        SeriesSet series,
        ModelCatalog catalog,
        IReadOnlyList<AnalysisDescription> analyses,
        string folder,
        bool stills,
        CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(series);
        ArgumentNullException.ThrowIfNull(catalog);
        ArgumentNullException.ThrowIfNull(analyses);
        var page = Create(series, FindingCatalog.Judge(series), catalog);
        var tables = new Dictionary<string, ResultTable>(series.Tables);
        if (NormBudgets.Create(series) is { } budgets)
        {
            tables[NormBudgets.Name] = budgets;
        }

        var sections = new List<ReportSection>();
        AnalysisDescription[] all = [.. analyses.OrderBy(analysis => analysis.Order), NormBudgets.Description, EvaluationTable.Description];
        foreach (var analysis in all.Where(analysis => tables.ContainsKey(analysis.Name)))
        {
            sections.Add(await SectionAsync(page, analysis, tables[analysis.Name], cancellationToken).ConfigureAwait(false));
        }

        page = page with { Title = $"Series of {series.Name}", Sections = sections };
        return await ReportWriter.WriteAsync(
            series.Name == PublishedSeries.Name ? Describe(page) : page, folder, stills, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>A page without plots of its own.</summary>
    internal static ReportPage Create(SeriesSet series, IReadOnlyList<FindingReport> findings, ModelCatalog catalog)
    {
        int[] steps = [.. series.Tables.Values.SelectMany(table => table.Read<int>("step")).Distinct().Order()];
        var known = catalog.Models.ToDictionary(model => model.Name, model => model.Shape.ParameterCount);
        ReportModel[] models =
        [
            .. series.Models.Select(model => new ReportModel(model, Blocks(series, model), known.GetValueOrDefault(model), steps)
                .With(series.Schedules.GetValueOrDefault(model))),
        ];
        return new ReportPage(
            series.Name, models, steps.Length, 0, 0, [], FindingPanels.Create(findings, series.Models), new Dictionary<int, string>(), [])
        {
            Overview = Overviews.Create(series, findings, series.Models),
            Seeds = SeedPanels.Create(series, findings, series.Models),
        };
    }

    private static ReportPage Describe(ReportPage page) => page with
    {
        Title = "The published series of Pythia",
        Overview = page.Overview with
        {
            Circumstances =
            [
                "Weight statistics that the authors of 'Basic facts about language models during training' published (MIT licence): the "
                    + "first release of Pythia, steps 1000 to 142,000, distances from step 1000.",
                "Scores that EleutherAI published of the same models. Activations and gradients were not published.",
            ],
        },
    };

    // Lists stand in results only, so that histograms and spectra are left out.
    private static async Task<ReportSection> SectionAsync(
        ReportPage page, AnalysisDescription analysis, ResultTable table, CancellationToken cancellationToken)
    {
        var spec = new SweepSpec
        {
            Name = page.Sweep,
            Models = [.. page.Models.Select(model => model.Name)],
            Steps = page.Models[0].Steps,
            Analyses = [analysis.Id],
            ReferenceStep = page.Models[0].Steps[0],
            Source = page.Sweep,
        };
        var (source, plots) = (new PlotSource(null, spec, analysis, table, []), new List<ReportPlot>());
        foreach (var plot in analysis.Plots.Where(plot => plot.Kind == PlotKind.Series && table.Find(plot.Column) is not null))
        {
            plots.Add(await PlotKinds.Find(analysis, plot).GatherAsync(source, plot, cancellationToken).ConfigureAwait(false));
        }

        return new ReportSection(analysis.Name, analysis.Title, analysis.Question, analysis.Source, plots) { Reading = analysis.Reading };
    }

    private static int Blocks(SeriesSet series, string model) => series.Tables.Values.Max(table =>
    {
        var names = table.Read<string>("model");
        return table.Find("block") is not { } column ? 0 : column.Read<int?>()
            .Where((_, row) => names[row] == model).Max() + 1 ?? 0;
    });
}
