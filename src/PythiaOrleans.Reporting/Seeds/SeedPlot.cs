using PythiaOrleans.Reporting.Plots;

namespace PythiaOrleans.Reporting.Seeds;

/// <summary>Means over seeds along training, with a band of one standard deviation.</summary>
public static class SeedPlot
{
    private const float BandOpacity = 0.25f;

    /// <summary>Draws the bands in one panel.</summary>
    /// <param name="bands">The bands.</param>
    /// <param name="headline">What is drawn.</param>
    /// <param name="label">The y axis: <c>norm</c>.</param>
    /// <param name="format">The kind of file.</param>
    public static byte[] Draw(IReadOnlyList<SeedBand> bands, string headline, string label, PictureFormat format)
    {
        ArgumentNullException.ThrowIfNull(bands);
        var plot = PanelDrawing.Empty("mean over seeds ± standard deviation", "step", label);
        foreach (var (band, index) in bands.Select((band, index) => (band, index)))
        {
            var color = PanelDrawing.ModelColor(index);
            double[] steps = [.. band.Steps.Select(step => (double)step)];
            double[] low = [.. band.Mean.Zip(band.Deviation, (mean, deviation) => mean - deviation)];
            double[] high = [.. band.Mean.Zip(band.Deviation, (mean, deviation) => mean + deviation)];
            var fill = plot.Add.FillY(steps, low, high);
            fill.FillColor = color.WithOpacity(BandOpacity);
            fill.LineWidth = 0;
            var line = plot.Add.ScatterLine(steps, [.. band.Mean], color);
            line.LineWidth = 1.6f;
            line.LinePattern = PanelDrawing.ModelPattern(index);
        }

        PanelDrawing.Finish(plot, false, bands.Count > 0, PanelDrawing.StepLabel);
        return new PanelGrid(headline, [plot])
        {
            Keys = [.. bands.Select((band, index) => new PictureKey(
                $"{band.Group} ({band.Runs.Count})", PanelDrawing.ModelColor(index), PanelDrawing.ModelPattern(index)))],
        }.Draw(format);
    }
}
