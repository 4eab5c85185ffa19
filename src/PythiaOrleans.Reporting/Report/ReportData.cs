using PythiaOrleans.Checkpoints.Catalog;
using PythiaOrleans.Core.Descriptions;
using PythiaOrleans.Core.Ids;
using PythiaOrleans.Core.Sweeps;
using PythiaOrleans.Core.Tables;
using PythiaOrleans.Reporting.Plots;
using PythiaOrleans.Reporting.Series;

namespace PythiaOrleans.Reporting.Report;

/// <summary>Gathers what a report shows from series and results.</summary>
internal sealed class ReportData(ResultStore store, ModelCatalog catalog)
{
    /// <summary>The slider's stops in a report: the first checkpoints, where most happens, then ever further apart. More would make the file too large.</summary>
    private const int FramesOfAReport = 9;

    private static readonly string[] BesideColumns =
        ["block", "component", "parameter", "mean", "std", "count", "pooled", "rows", "columns", "marchenko_pastur_edge", "order", "token_ids", "singular_values"];

    /// <summary>Reads series and chosen results.</summary>
    /// <param name="sweep">The sweep.</param>
    /// <param name="analyses">What is shown, in order.</param>
    /// <param name="all">The series.</param>
    /// <param name="tokenText">The text of a token; null leaves ids.</param>
    /// <param name="whole">The plot that gets a frame for every checkpoint, instead of a few.</param>
    /// <param name="cancellationToken">Stops the reading.</param>
    public async Task<ReportPage> GatherAsync(
        SweepSpec sweep, IReadOnlyList<AnalysisDescription> analyses, SeriesSet all, Func<int, string>? tokenText, string? whole, CancellationToken cancellationToken)
    {
        var models = sweep.Models.Select(name => catalog.Find(name)).Select(model => new ReportModel(model.Name, model.Shape.Blocks, model.Shape.ParameterCount, sweep.Steps)).ToArray();
        var sections = new List<ReportSection>();
        foreach (var analysis in analyses.Where(analysis => analysis.Plots.Count > 0))
        {
            var series = all.Tables.GetValueOrDefault(analysis.Name);
            var plots = new List<ReportPlot>();
            foreach (var plot in ListPlots.Gather(analysis))
            {
                var id = $"{analysis.Name}-{plot.Column}";
                var groups = plot.Kind == PlotKind.Series
                    ? all.Has(analysis.Name, plot.Column) ? SeriesGroups(series!, plot.Column, sweep) : []
                    : await FrameGroupsAsync(sweep, analysis, plot, id == whole ? sweep.Steps : FrameSteps(sweep.Steps), cancellationToken).ConfigureAwait(false);
                plots.Add(new ReportPlot(id, plot.Kind.ToString().ToLowerInvariant(), plot.Title, plot.Axis, plot.Logarithmic, groups));
            }

            sections.Add(new ReportSection(analysis.Name, analysis.Title, analysis.Question, analysis.Source, plots));
        }

        var standing = await store.Ledger.ReadAsync(sweep, cancellationToken).ConfigureAwait(false);
        return new ReportPage(
            sweep.Name, models, sweep.Steps.Count, standing.Total, standing.Done,
            [.. standing.Failures.Select(failure => new ReportFailure(failure.Checkpoint.ToString(), failure.Message))],
            FindingPanels.Create(all, sweep), TokenTexts(sections, tokenText), sections);
    }

    private static Dictionary<int, string> TokenTexts(List<ReportSection> sections, Func<int, string>? tokenText) => tokenText is null ? [] :
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
        var indices = Enumerable.Range(0, FramesOfAReport).Select(i => (int)Math.Round(last * Math.Pow((double)i / (FramesOfAReport - 1), 2)));
        return [.. indices.Distinct().Select(index => steps[index])];
    }

    private static List<ReportGroup> SeriesGroups(ResultTable series, string column, SweepSpec sweep)
    {
        var (model, step, block) = (series.Read<string>("model"), series.Read<int>("step"), series.Read<int?>("block"));
        var (component, parameter, value) = (series.Read<string>("component"), series.Read<string>("parameter"), series[column]);
        var pooled = series.Find("pooled")?.Read<bool>();
        var places = sweep.Steps.Select((at, index) => (at, index)).ToDictionary(pair => pair.at, pair => pair.index);
        var modelIndex = sweep.Models.Select((name, index) => (name, index)).ToDictionary(pair => pair.name, pair => pair.index);
        var groups = new Dictionary<(string, string), SortedDictionary<(int Model, int Block), double?[]>>();
        for (var row = 0; row < series.Count; row++)
        {
            if (pooled?[row] is true || !places.TryGetValue(step[row], out var place))
            {
                continue;
            }

            var key = (component[row], parameter[row]);
            if (!groups.TryGetValue(key, out var lines))
            {
                groups[key] = lines = [];
            }

            var line = (modelIndex[model[row]], block[row] ?? -1);
            if (!lines.TryGetValue(line, out var values))
            {
                lines[line] = values = new double?[sweep.Steps.Count];
            }

            values[place] = FrameLine.Rounded(value.Number(row));
        }

        return
        [
            .. groups.Select(group => new ReportGroup(
                $"{group.Key.Item1} {group.Key.Item2}",
                group.Value.Keys.Any(line => line.Block >= 0),
                [.. group.Value.Select(line => new ReportLine(line.Key.Model, line.Key.Block < 0 ? null : line.Key.Block, line.Value))],
                null)),
        ];
    }

    private async Task<IReadOnlyList<ReportGroup>> FrameGroupsAsync(
        SweepSpec sweep, AnalysisDescription analysis, PlotDeclaration plot, IReadOnlyList<int> steps, CancellationToken cancellationToken)
    {
        var frames = new Dictionary<string, (bool InBlocks, SortedDictionary<int, List<ReportLine>> Steps)>(StringComparer.Ordinal);
        foreach (var step in steps)
        {
            for (var model = 0; model < sweep.Models.Count; model++)
            {
                var key = new ResultKey(new CheckpointId(sweep.Models[model], step), analysis.Id);
                var table = await store.ReadAsync(key, cancellationToken, [.. BesideColumns, plot.Column]).ConfigureAwait(false);
                for (var row = 0; row < (table?.Count ?? 0); row++)
                {
                    Add(frames, table!, row, plot, model, step);
                }
            }
        }

        return
        [
            .. frames.Select(group => new ReportGroup(
                group.Key, group.Value.InBlocks, null, [.. group.Value.Steps.Select(frame => new ReportFrame(frame.Key, frame.Value))])),
        ];
    }

    private static void Add(
        Dictionary<string, (bool InBlocks, SortedDictionary<int, List<ReportLine>> Steps)> frames, ResultTable table, int row, PlotDeclaration plot, int model, int step)
    {
        if (IsPooled(table, row) || FrameLine.Create(table, row, plot, model) is not { } line)
        {
            return;
        }

        var block = line.Block;
        var name = $"{table.Read<string>("component")[row]} {table.Read<string>("parameter")[row]}";
        if (!frames.TryGetValue(name, out var group))
        {
            frames[name] = group = (block is not null, []);
        }

        if (!group.Steps.TryGetValue(step, out var lines))
        {
            group.Steps[step] = lines = [];
        }

        lines.Add(line);
    }

    private static bool IsPooled(ResultTable table, int row) =>
        table.Find("pooled")?.Read<bool>()[row] is true;
}
