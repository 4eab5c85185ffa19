using System.Globalization;
using PythiaOrleans.Reporting.Plots;
using PythiaOrleans.Reporting.Series;
using ScottPlot;

namespace PythiaOrleans.Reporting.Capability;

/// <summary>
/// Weights and a score along training in one picture: blocks against the left axis, the score with its errors on the right one.
/// </summary>
public static class CapabilityPlot
{
    private static readonly Color ScoreColor = Color.FromHex("#D55E00");

    /// <summary>Draws a panel for each model that has both.</summary>
    /// <param name="weights">The curves of one component, of several models.</param>
    /// <param name="scores">The scores, one curve a model.</param>
    /// <param name="label">What the weights' values are, for the axis: <c>norm</c>.</param>
    /// <param name="format">The kind of file.</param>
    /// <exception cref="ArgumentException">No model has both.</exception>
    public static byte[] Draw(IReadOnlyList<Curve> weights, IReadOnlyList<ScoreCurve> scores, string label, PictureFormat format)
    {
        ArgumentNullException.ThrowIfNull(weights);
        ArgumentNullException.ThrowIfNull(scores);
        var blocks = weights.ToLookup(curve => curve.Model);
        Plot[] panels =
        [
            .. scores.Where(score => blocks.Contains(score.Model)).Select(score => Panel([.. blocks[score.Model]], score, label)),
        ];
        if (panels.Length == 0)
        {
            throw new ArgumentException("No model has both series and scores: `pythia evals list` says which models have scores.");
        }

        return new PanelGrid($"{label} of {weights[0].Component} and {scores[0].Task} {scores[0].Metric}", panels).Draw(format);
    }

    private static Plot Panel(IReadOnlyList<Curve> curves, ScoreCurve score, string label)
    {
        var plot = PanelDrawing.Empty(score.Model, "step", label);
        var blocks = curves.Max(curve => curve.Block ?? 0) + 1;
        foreach (var curve in curves.OrderBy(curve => curve.Block))
        {
            var line = plot.Add.ScatterLine(
                [.. curve.Steps.Select(step => (double)step)], curve.Values, PanelDrawing.DepthColor(curve.Block ?? 0, blocks));
            line.LineWidth = 1.2f;
        }

        double[] steps = [.. score.Steps.Select(step => (double)step)];
        var drawn = plot.Add.Scatter(steps, [.. score.Values], ScoreColor);
        drawn.LineWidth = 2.2f;
        drawn.MarkerSize = 5;
        drawn.Axes.YAxis = plot.Axes.Right;
        if (score.Errors.All(double.IsFinite))
        {
            var bars = plot.Add.ErrorBar(steps, [.. score.Values], [.. score.Errors]);
            bars.Color = ScoreColor;
            bars.Axes.YAxis = plot.Axes.Right;
        }

        plot.Axes.Right.Label.Text = string.Create(CultureInfo.InvariantCulture, $"{score.Task} {score.Metric}, ± standard error");
        plot.Axes.Right.Label.ForeColor = ScoreColor;
        plot.Axes.Right.Label.Bold = false;
        plot.Axes.Right.Label.FontSize = 12;
        plot.Axes.Right.Label.FontName = PanelDrawing.Face;
        PanelDrawing.Finish(plot, false, true, PanelDrawing.StepLabel);
        return plot;
    }
}
