using PythiaOrleans.Checkpoints.Catalog;
using PythiaOrleans.Core.Descriptions;
using PythiaOrleans.Core.Sweeps;
using PythiaOrleans.Reporting.Plots;

namespace PythiaOrleans.Reporting.Report;

/// <summary>One plot of a sweep, as a still or along training as an animation.</summary>
public sealed class PlotExporter
{
    private readonly ReportPage _page;
    private readonly ReportPlot _plot;

    private PlotExporter(ReportPage page, ReportPlot plot) => (_page, _plot) = (page, plot);

    /// <summary>Every plot that has values, with the components that it can show.</summary>
    /// <param name="store">The sweep's results.</param>
    /// <param name="catalog">Its models.</param>
    /// <param name="sweep">The sweep.</param>
    /// <param name="analyses">What it measured.</param>
    /// <param name="cancellationToken">Stops the reading.</param>
    public static async Task<IReadOnlyList<PlotListing>> ListAsync(
        ResultStore store,
        ModelCatalog catalog,
        SweepSpec sweep,
        IReadOnlyList<AnalysisDescription> analyses,
        CancellationToken cancellationToken)
    {
        var sections = await new ReportData(store, catalog).ListAsync(sweep, analyses, cancellationToken).ConfigureAwait(false);
        return
        [
            .. sections.SelectMany(section => section.Plots)
                .Where(plot => PlotKinds.Find(plot).HasPictures && plot.Groups.Count > 0)
                .Select(plot => new PlotListing(
                    plot.Id, plot.Title, [.. plot.Groups.Select(group => group.Name)], plot.Groups.Any(group => group.Frames is not null))),
        ];
    }

    /// <summary>Gathers one plot from what is committed of a sweep, and nothing else.</summary>
    /// <param name="store">The sweep's results.</param>
    /// <param name="catalog">Its models.</param>
    /// <param name="sweep">The sweep.</param>
    /// <param name="analyses">What it measured.</param>
    /// <param name="plot">The plot's name, one of <see cref="ListAsync"/>.</param>
    /// <param name="steps">Of a plot of one step: the steps that are read.</param>
    /// <param name="cancellationToken">Stops the reading.</param>
    /// <exception cref="ArgumentException">There is no such plot, or it has no values; the message says which there are.</exception>
    public static async Task<PlotExporter> OpenAsync(
        ResultStore store,
        ModelCatalog catalog,
        SweepSpec sweep,
        IReadOnlyList<AnalysisDescription> analyses,
        string plot,
        IReadOnlyList<int> steps,
        CancellationToken cancellationToken)
    {
        var page = await new ReportData(store, catalog).GatherPlotAsync(sweep, analyses, plot, steps, cancellationToken)
            .ConfigureAwait(false);
        return new PlotExporter(page, page.Sections[0].Plots[0]);
    }

    /// <summary>The plot as a file.</summary>
    /// <param name="selection">Which part of it.</param>
    /// <param name="format">The kind of file.</param>
    /// <param name="style">Its size and place.</param>
    /// <exception cref="ArgumentException">There is nothing of the selection; the message says what there is.</exception>
    public byte[] Still(PlotSelection selection, PictureFormat format, PictureStyle style)
    {
        ArgumentNullException.ThrowIfNull(selection);
        if (selection.Axis != TrainingAxis.Step && _plot.Kind != PlotKind.Series.Name)
        {
            throw new ArgumentException(
                $"Plot '{_plot.Id}' is a {_plot.Kind}, not drawn along training: only the plots of series have another axis.");
        }

        return Pictures(selection, style, isLast: true)[0].Draw(format);
    }

    /// <summary>The frames of an animation along training, with the same axes: PNG files of one size.</summary>
    /// <param name="selection">Which part of the plot.</param>
    /// <param name="style">The size.</param>
    /// <exception cref="ArgumentException">There is nothing of the selection, or the plot is a series, which shows the whole training
    /// already.</exception>
    public IReadOnlyList<byte[]> Frames(PlotSelection selection, PictureStyle style)
    {
        ArgumentNullException.ThrowIfNull(selection);
        if (_plot.Groups.All(group => group.Frames is null))
        {
            throw new ArgumentException(
                $"'{_plot.Id}' is drawn along training already: `pythia plot {_page.Sweep} {_plot.Id}` draws it. Without a plot, "
                    + $"`pythia animate {_page.Sweep}` lists those that can be animated.");
        }

        var pictures = Pictures(selection, style, isLast: false);
        PanelGrid.Align(pictures);
        return [.. pictures.Select(picture => picture.Png())];
    }

    /// <summary>Joins frames to an animated PNG.</summary>
    /// <param name="frames">PNG files of one size.</param>
    /// <param name="framesPerSecond">From 1.</param>
    public static byte[] AnimatePng(IReadOnlyList<byte[]> frames, int framesPerSecond) => AnimatedPng.Encode(frames, framesPerSecond);

    /// <summary>Joins frames to an animated GIF.</summary>
    /// <param name="frames">PNG files of one size.</param>
    /// <param name="framesPerSecond">From 1.</param>
    public static byte[] AnimateGif(IReadOnlyList<byte[]> frames, int framesPerSecond) => AnimatedGif.Encode(frames, framesPerSecond);

    // One picture of a series; of other plots one for each step, or the last one alone. Several components stand in one picture.
    private IReadOnlyList<PanelGrid> Pictures(PlotSelection selection, PictureStyle style, bool isLast)
    {
        var page = selection.Select(_page);
        var plot = selection.IsLogarithmic is { } log ? _plot with { Log = log } : _plot;
        var groups = selection.Groups(_page, plot);
        int?[] steps = [.. groups.SelectMany(group => group.Frames ?? []).Select(frame => (int?)frame.Step).Distinct().Order()];
        return [.. (steps.Length == 0 ? [null] : isLast ? steps[^1..] : steps).Select(step => Picture(page, plot, groups, step, style))];
    }

    private static PanelGrid Picture(
        ReportPage page, ReportPlot plot, IReadOnlyList<ReportGroup> groups, int? step, PictureStyle style)
    {
        var drawn = groups.Where(group => group.Frames is null || group.Frames.Any(frame => frame.Step == step))
            .Select(group => (Group: group, Grid: PlotKinds.Find(plot).Draw(
                page, plot, group, group.Frames?.First(frame => frame.Step == step)))).ToArray();
        foreach (var (group, grid) in drawn.Length > 1 ? drawn : [])
        {
            foreach (var panel in grid.Panels)
            {
                var title = panel.Axes.Title.Label;
                title.Text = group.InBlocks || group.Frames is not null ? $"{title.Text}: {group.Name}" : group.Name;
            }
        }

        return drawn[0].Grid with
        {
            Headline = drawn.Length > 1 ? StaticPlots.Headline(plot, null, step) : drawn[0].Grid.Headline,
            Panels = [.. drawn.SelectMany(pair => pair.Grid.Panels)],
            Keys = [.. drawn.SelectMany(pair => pair.Grid.Keys).DistinctBy(key => key.Text)],
            ShowsDepth = drawn.Any(pair => pair.Grid.ShowsDepth),
            Style = style,
        };
    }
}
