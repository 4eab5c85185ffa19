using PythiaOrleans.Core.Descriptions;
using PythiaOrleans.Core.Tables;
using ScottPlot;

namespace PythiaOrleans.Reporting.Plots;

/// <summary>What kinds of plots of list columns have in common: they show results at chosen steps, one frame for each.</summary>
internal abstract class FrameKind : IPlotKind
{
    private static readonly string[] KeyColumns = ["block", "component", "parameter", "pooled"];

    /// <inheritdoc />
    public abstract string Name { get; }

    /// <inheritdoc />
    public virtual bool HasPictures => true;

    /// <summary>Whether a panel is a square picture, not a plot of lines.</summary>
    protected virtual bool IsSquare => false;

    /// <summary>The columns that are read beside the plotted one; those that an analysis does not have are passed over.</summary>
    protected virtual IReadOnlyCollection<string> OtherColumns => [];

    /// <inheritdoc />
    public async Task<ReportPlot> GatherAsync(PlotSource source, PlotDeclaration plot, CancellationToken cancellationToken)
    {
        var groups = new Dictionary<string, (bool InBlocks, SortedDictionary<int, List<ReportLine>> Steps)>(StringComparer.Ordinal);
        foreach (var step in source.FrameSteps)
        {
            for (var model = 0; model < source.Sweep.Models.Count; model++)
            {
                string[] columns = [.. KeyColumns, .. OtherColumns, plot.Column];
                if (await source.ReadAsync(source.Sweep.Models[model], step, columns, cancellationToken).ConfigureAwait(false) is { } table)
                {
                    Add(groups, table, plot, model, step);
                }
            }
        }

        return Complete(plot, source.Plot(plot,
        [
            .. groups.Select(group => new ReportGroup(
                group.Key, group.Value.InBlocks, null, [.. group.Value.Steps.Select(frame => new ReportFrame(frame.Key, frame.Value))])),
        ]));
    }

    /// <inheritdoc />
    public PanelGrid Draw(ReportPage page, ReportPlot plot, ReportGroup group, ReportFrame? frame)
    {
        ArgumentNullException.ThrowIfNull(frame);
        return new PanelGrid(
            StaticPlots.Headline(plot, group, frame.Step),
            [.. page.Models.Select((model, index) => Panel(page, plot, model.Name, [.. frame.Lines.Where(line => line.Model == index)]))])
        {
            ShowsDepth = group.InBlocks && !IsSquare,
            IsSquare = IsSquare,
            Keys = Keys(plot),
        };
    }

    /// <summary>Reads the rows of one result.</summary>
    /// <returns>For a row's index, a line with that row's values; null where nothing was measured.</returns>
    protected abstract Func<int, ReportLine, ReportLine?> Reader(ResultTable table, PlotDeclaration plot);

    /// <summary>Adds what all panels share: the x axis and the lines of comparison.</summary>
    protected virtual ReportPlot Complete(PlotDeclaration plot, ReportPlot gathered) => gathered;

    /// <summary>What line styles stand for, other than the depth of a block.</summary>
    protected virtual IReadOnlyList<PictureKey> Keys(ReportPlot plot) => PanelDrawing.GuideKeys(plot);

    /// <summary>Draws one model's panel.</summary>
    protected virtual Plot Panel(ReportPage page, ReportPlot plot, string title, IReadOnlyList<ReportLine> lines) =>
        throw new NotSupportedException($"A plot of kind '{Name}' is on the report's page only.");

    /// <summary>The geometry that a plot must declare.</summary>
    /// <exception cref="ArgumentException">It declares none.</exception>
    protected PlotGeometry GeometryOf(PlotDeclaration plot) => plot.Geometry
        ?? throw new ArgumentException($"The plot of '{plot.Column}' ('{plot.Title}') is of kind '{Name}': it must declare its Geometry.");

    /// <summary>Checks that a list has one value for each cell of the plot's geometry.</summary>
    /// <exception cref="InvalidDataException">It has not.</exception>
    protected PlotGeometry GeometryOf(PlotDeclaration plot, int length)
    {
        var geometry = GeometryOf(plot);
        return geometry.Count == length
            ? geometry
            : throw new InvalidDataException(
                $"Column '{plot.Column}': expected lists of {geometry.Count} values, as its plot declares, found {length}.");
    }

    private void Add(
        Dictionary<string, (bool InBlocks, SortedDictionary<int, List<ReportLine>> Steps)> groups,
        ResultTable table,
        PlotDeclaration plot,
        int model,
        int step)
    {
        var (blocks, pooled, read) = (table.Read<int?>("block"), table.Find("pooled")?.Read<bool>(), Reader(table, plot));
        var (components, parameters) = (table.Read<string>("component"), table.Read<string>("parameter"));
        for (var row = 0; row < table.Count; row++)
        {
            if (pooled?[row] is true || read(row, new ReportLine(model, blocks[row], [])) is not { } line)
            {
                continue;
            }

            var name = $"{components[row]} {parameters[row]}";
            if (!groups.TryGetValue(name, out var group))
            {
                groups[name] = group = (line.Block is not null, []);
            }

            if (!group.Steps.TryGetValue(step, out var lines))
            {
                group.Steps[step] = lines = [];
            }

            lines.Add(line);
        }
    }
}
