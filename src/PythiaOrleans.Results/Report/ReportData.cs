using System.Globalization;
using PythiaOrleans.Checkpoints;

namespace PythiaOrleans.Results;

/// <summary>Gathers what a report shows from series and results.</summary>
internal sealed class ReportData(ResultStore store, ModelCatalog catalog)
{
    // The slider's stops: the first checkpoints, where most happens, then evenly to the end.
    private const int FramesAtMost = 9;

    private static readonly string[] ListColumns = ["block", "component", "parameter", "mean", "std", "count", "pooled"];

    /// <summary>Reads series and chosen results.</summary>
    public async Task<ReportPage> GatherAsync(SweepSpec sweep, IReadOnlyList<AnalysisDescription> analyses, CancellationToken cancellationToken)
    {
        var reader = new SeriesReader(store.Blobs);
        var models = sweep.Models.Select(name => catalog.Find(name)).Select(model => new ReportModel(model.Name, model.Shape.Blocks, model.Shape.ParameterCount, sweep.Steps)).ToArray();
        var sections = new List<ReportSection>();
        foreach (var analysis in analyses.Where(analysis => analysis.Plots.Count > 0))
        {
            var series = await reader.ReadAsync(sweep.Name, analysis.Name, cancellationToken).ConfigureAwait(false);
            var plots = new List<ReportPlot>();
            foreach (var plot in analysis.Plots)
            {
                var id = $"{analysis.Name}-{plot.Column}";
                var groups = plot.Kind == PlotKind.Series
                    ? series is null ? [] : SeriesGroups(series, plot.Column, sweep)
                    : await FrameGroupsAsync(sweep, analysis, plot, cancellationToken).ConfigureAwait(false);
                plots.Add(new ReportPlot(id, plot.Kind.ToString().ToLowerInvariant(), plot.Title, plot.Axis, plot.Logarithmic, groups));
            }

            sections.Add(new ReportSection(analysis.Name, analysis.Title, analysis.Question, analysis.Source, plots));
        }

        var failures = await store.ReadFailuresAsync(sweep.Name, cancellationToken).ConfigureAwait(false);
        return new ReportPage(
            sweep.Name, models, sweep.Steps.Count, sweep.Models.Count * sweep.Steps.Count, await CountDoneAsync(sweep, cancellationToken).ConfigureAwait(false),
            [.. failures.Select(failure => new ReportFailure(failure.Checkpoint.ToString(), failure.Message))], sections);
    }

    /// <summary>The steps whose frames are shown: first, second, then ever further apart, last.</summary>
    internal static IReadOnlyList<int> FrameSteps(IReadOnlyList<int> steps)
    {
        var last = steps.Count - 1;
        var indices = Enumerable.Range(0, FramesAtMost).Select(i => (int)Math.Round(last * Math.Pow((double)i / (FramesAtMost - 1), 2)));
        return [.. indices.Distinct().Select(index => steps[index])];
    }

    private static List<ReportGroup> SeriesGroups(ResultTable series, string column, SweepSpec sweep)
    {
        var (model, step, block) = (series["model"].Values, series["step"].Values, series["block"].Values);
        var (component, parameter, value) = (series["component"].Values, series["parameter"].Values, series[column]);
        var pooled = series.Columns.FirstOrDefault(candidate => candidate.Schema.Name == "pooled")?.Values;
        var places = sweep.Steps.Select((at, index) => (at, index)).ToDictionary(pair => pair.at, pair => pair.index);
        var modelIndex = sweep.Models.Select((name, index) => (name, index)).ToDictionary(pair => pair.name, pair => pair.index);
        var groups = new Dictionary<(string, string), SortedDictionary<(int Model, int Block), double?[]>>();
        for (var row = 0; row < series.Count; row++)
        {
            if (pooled?[row] is true || !places.TryGetValue((int)step[row]!, out var place))
            {
                continue;
            }

            var key = ((string)component[row]!, (string)parameter[row]!);
            if (!groups.TryGetValue(key, out var lines))
            {
                groups[key] = lines = [];
            }

            var line = (modelIndex[(string)model[row]!], (int?)block[row] ?? -1);
            if (!lines.TryGetValue(line, out var values))
            {
                lines[line] = values = new double?[sweep.Steps.Count];
            }

            values[place] = Rounded(value.Number(row));
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
        SweepSpec sweep, AnalysisDescription analysis, PlotDeclaration plot, CancellationToken cancellationToken)
    {
        var frames = new Dictionary<string, (bool InBlocks, SortedDictionary<int, List<ReportLine>> Steps)>(StringComparer.Ordinal);
        foreach (var step in FrameSteps(sweep.Steps))
        {
            for (var model = 0; model < sweep.Models.Count; model++)
            {
                var key = new ResultKey(new CheckpointId(sweep.Models[model], step), analysis.Id);
                var table = await store.ReadAsync(key, cancellationToken, [.. ListColumns, plot.Column]).ConfigureAwait(false);
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
        if (IsPooled(table, row) || Line(table, row, plot) is not { } values)
        {
            return;
        }

        var block = (int?)table["block"].Values[row];
        var name = $"{table["component"].Values[row]} {table["parameter"].Values[row]}";
        if (!frames.TryGetValue(name, out var group))
        {
            frames[name] = group = (block is not null, []);
        }

        if (!group.Steps.TryGetValue(step, out var lines))
        {
            group.Steps[step] = lines = [];
        }

        lines.Add(new ReportLine(model, block, values));
    }

    private static bool IsPooled(ResultTable table, int row) =>
        table.Columns.FirstOrDefault(column => column.Schema.Name == "pooled")?.Values[row] is true;

    // A histogram as densities per standard deviation; quantiles in standard deviations, every fourth and the outermost ones.
    private static double?[]? Line(ResultTable table, int row, PlotDeclaration plot)
    {
        if (plot.Kind == PlotKind.Histogram)
        {
            var counts = (long[]?)table[plot.Column].Values[row] ?? [];
            var perBin = counts.Length / (2 * 8.0 * table["count"].Number(row));
            return counts.Length == 0 ? null : Array.ConvertAll(counts, count => count == 0 ? null : Rounded(count * perBin));
        }

        var quantiles = (double[]?)table[plot.Column].Values[row] ?? [];
        var (mean, std) = (table["mean"].Number(row), table["std"].Number(row));
        return quantiles.Length == 0 || !(std > 0)
            ? null
            : [.. QuantilePlaces(quantiles.Length).Select(place => Rounded((quantiles[place] - mean) / std))];
    }

    /// <summary>Which of the quantiles are drawn.</summary>
    internal static IEnumerable<int> QuantilePlaces(int count) =>
        Enumerable.Range(0, count).Where(i => i < 8 || i >= count - 8 || i % 4 == 0);

    private static double? Rounded(double value) => double.IsFinite(value)
        ? double.Parse(value.ToString("G5", CultureInfo.InvariantCulture), CultureInfo.InvariantCulture)
        : null;

    private async Task<int> CountDoneAsync(SweepSpec sweep, CancellationToken cancellationToken)
    {
        var done = 0;
        foreach (var model in sweep.Models)
        {
            var there = await store.ListAsync(model, cancellationToken).ConfigureAwait(false);
            done += sweep.Steps.Count(step => sweep.Analyses.All(analysis => there.Contains(new ResultKey(new CheckpointId(model, step), analysis))));
        }

        return done;
    }
}
