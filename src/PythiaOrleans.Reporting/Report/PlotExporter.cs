using PythiaOrleans.Checkpoints.Catalog;
using PythiaOrleans.Core.Descriptions;
using PythiaOrleans.Core.Sweeps;
using PythiaOrleans.Reporting.Plots;
using PythiaOrleans.Reporting.Series;

namespace PythiaOrleans.Reporting.Report;

/// <summary>A sweep's plots one by one: as stills, and along training as animations.</summary>
public sealed class PlotExporter
{
    private readonly ReportPage _page;

    private PlotExporter(ReportPage page) => _page = page;

    /// <summary>Every plot with the groups (component and parameter) that it can show.</summary>
    public IReadOnlyList<(string Plot, string Title, IReadOnlyList<string> Groups)> Plots =>
        [.. Drawn().Select(plot => (plot.Id, plot.Title, (IReadOnlyList<string>)[.. plot.Groups.Select(group => group.Name)]))];

    /// <summary>Gathers what is committed of a sweep.</summary>
    /// <param name="store">Its results.</param>
    /// <param name="catalog">Its models.</param>
    /// <param name="sweep">The sweep.</param>
    /// <param name="analyses">What it measured.</param>
    /// <param name="plot">The plot that will be drawn: it is read at every checkpoint, the others at a few. Null to look around.</param>
    /// <param name="cancellationToken">Stops the reading.</param>
    public static async Task<PlotExporter> OpenAsync(
        ResultStore store,
        ModelCatalog catalog,
        SweepSpec sweep,
        IReadOnlyList<AnalysisDescription> analyses,
        string? plot,
        CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(sweep);
        var wanted = analyses.Where(analysis => sweep.Analyses.Contains(analysis.Id)).OrderBy(analysis => analysis.Order).ToArray();
        var series = await SeriesSet.ReadAsync(new SeriesReader(store.Blobs), sweep.Name, catalog, cancellationToken)
            .ConfigureAwait(false);
        return new PlotExporter(
            await new ReportData(store, catalog).GatherAsync(sweep, wanted, series, null, plot, cancellationToken).ConfigureAwait(false));
    }

    /// <summary>One still as PNG.</summary>
    /// <param name="plot">One of <see cref="Plots"/>.</param>
    /// <param name="group">One of its groups; null takes the first.</param>
    /// <param name="step">Of a distribution or spectrum: the measured step nearest to it; null takes the last.</param>
    /// <param name="axis">Of a series: what it is drawn over.</param>
    /// <exception cref="ArgumentException">There is no such plot or group; the message lists those that are.</exception>
    public byte[] Png(string plot, string? group, int? step, TrainingAxis axis = TrainingAxis.Step) =>
        Still(plot, group, step, axis).Png();

    /// <summary>The same as SVG.</summary>
    public string Svg(string plot, string? group, int? step, TrainingAxis axis = TrainingAxis.Step) =>
        Still(plot, group, step, axis).Svg();

    /// <summary>The frames of an animation along training, with the same axes: PNG files of one size.</summary>
    /// <exception cref="ArgumentException">There is no such plot or group, or it is a series, which shows the whole training
    /// already.</exception>
    public IReadOnlyList<byte[]> Frames(string plot, string? group)
    {
        var (declared, chosen) = Find(plot, group);
        if (chosen.Frames is not { Count: > 0 } frames)
        {
            var animated = Drawn().Where(other => other.Groups.Any(shown => shown.Frames is not null)).Select(other => other.Id);
            throw new ArgumentException($"'{plot}' is drawn over steps already; an animation shows one of {string.Join(", ", animated)}.");
        }

        var pictures = frames.Select(frame => PlotKinds.Find(declared).Draw(_page, declared, chosen, frame)).ToArray();
        PanelGrid.Align(pictures);
        return [.. pictures.Select(picture => picture.Png())];
    }

    /// <summary>Joins frames to an animated PNG.</summary>
    public static byte[] Animate(IReadOnlyList<byte[]> frames, int framesPerSecond) => AnimatedPng.Encode(frames, framesPerSecond);

    private PanelGrid Still(string plot, string? group, int? step, TrainingAxis axis)
    {
        var (declared, chosen) = Find(plot, group);
        if (axis != TrainingAxis.Step && declared.Kind != PlotKind.Series.Name)
        {
            throw new ArgumentException(
                $"Plot '{plot}' is a {declared.Kind}, not drawn along training: only the plots of series have another axis.");
        }

        var nearest = chosen.Frames?.MinBy(frame => Math.Abs((long)frame.Step - (step ?? int.MaxValue)));
        return PlotKinds.Find(declared).Draw(_page with { Axis = axis }, declared, chosen, nearest);
    }

    private (ReportPlot Plot, ReportGroup Group) Find(string plot, string? group)
    {
        var declared = Drawn().FirstOrDefault(known => known.Id == plot)
            ?? throw new ArgumentException(
                $"There is no plot '{plot}' in sweep '{_page.Sweep}': it has {string.Join(", ", Drawn().Select(known => known.Id))}.");
        var chosen = group is null
            ? declared.Groups[0]
            : declared.Groups.FirstOrDefault(known => known.Name == group || known.Name.StartsWith($"{group} ", StringComparison.Ordinal));
        return (declared, chosen ?? throw new ArgumentException(
            $"Plot '{plot}' does not show '{group}': it shows {string.Join(", ", declared.Groups.Select(known => known.Name))}."));
    }

    private IEnumerable<ReportPlot> Drawn() =>
        _page.Sections.SelectMany(section => section.Plots).Where(plot => PlotKinds.Find(plot).HasPictures && plot.Groups.Count > 0);
}
