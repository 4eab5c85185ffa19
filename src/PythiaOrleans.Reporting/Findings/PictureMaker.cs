using PythiaOrleans.Reporting.Series;

namespace PythiaOrleans.Reporting.Findings;

/// <summary>Makes the picture of a judged finding: of each measure exactly the curves that its numbers were computed from.</summary>
internal static class PictureMaker
{
    /// <summary>The picture; only models and measures with evidence are in it.</summary>
    public static FindingPicture Make(IFinding finding, SeriesSet series, IReadOnlyList<Evidence> evidence) => new(
    [
        .. from measure in finding.Measures
           let numbers = evidence.Where(item => item.Measures.Contains(measure.Name)).ToArray()
           where numbers.Length > 0
           from panel in Panels(measure, series, numbers)
           select panel,
    ]);

    private static IEnumerable<PicturePanel> Panels(Measure measure, SeriesSet series, Evidence[] numbers)
    {
        // A number of all models together was computed from the curves of them all.
        var together = numbers.Any(item => item.Model.Length == 0);
        var judged = numbers.Select(item => item.Model).ToHashSet();
        Curve[] curves =
        [
            .. series.Models.Where(model => together || judged.Contains(model)).SelectMany(model => measure.Curves(series, model)),
        ];
        // A number of one component may use curves of another one beside it: the norm of a matrix and of the gain that feeds it.
        var components = numbers.Select(item => item.Component).ToHashSet();
        var all = components.Contains("") || !curves.Any(curve => components.Contains(curve.Component));
        foreach (var group in curves.Where(curve => all || components.Contains(curve.Component)).GroupBy(curve => curve.Component))
        {
            PictureLine[] lines =
            [
                .. group.GroupBy(curve => curve.Model).SelectMany(model => Lines(measure, [.. model]))
                    .Select(line => Along(measure, series, line, group.Key)).OfType<PictureLine>(),
            ];
            var parameters = group.Select(curve => curve.Parameter).Distinct().ToArray();
            yield return new PicturePanel(measure.Name, group.Key, AxisOf(measure), lines)
            {
                Parameter = parameters.Length == 1 ? parameters[0] : "",
                Window = measure.Window,
                Limits = measure.Limits,
                Logarithmic = measure.Logarithmic,
                Marks = [.. numbers.Where(item => item.Component.Length == 0 || item.Component == group.Key)
                    .SelectMany(item => Marks(measure, item, lines))],
            };
        }
    }

    private static PictureAxis AxisOf(Measure measure) =>
        measure.View is PictureView.LastByBlock or PictureView.MaxByBlock ? PictureAxis.Block
        : measure.Clock is not null ? PictureAxis.DecayTime
        : measure.ByFraction ? PictureAxis.Fraction
        : PictureAxis.Step;

    // Along the measure's own axis; null where the clock of a model is unknown.
    private static PictureLine? Along(Measure measure, SeriesSet series, PictureLine line, string component)
    {
        if (AxisOf(measure) == PictureAxis.Fraction)
        {
            return line with { X = [.. line.X.Select(step => step / line.X[^1])] };
        }

        if (measure.Clock is not { } clock)
        {
            return line;
        }

        var times = clock.Select(series, line.Model).FirstOrDefault(curve => curve.Component == component) is { } left
            ? left.Steps.Zip(left.Values).ToDictionary(pair => (double)pair.First, pair => -Math.Log(pair.Second)) : [];
        return line.X.All(times.ContainsKey) ? line with { X = [.. line.X.Select(step => times[step])] } : null;
    }

    private static IEnumerable<PictureLine> Lines(Measure measure, IReadOnlyList<Curve> curves) => measure.View switch
    {
        PictureView.EachBlock => curves.Select(Line),
        PictureView.LastByBlock => [ByBlock(curves, curve => curve.Last)],
        PictureView.MaxByBlock => [ByBlock(curves, curve => curve.Values.Max())],
        _ => curves.MedianCurve() is { } median ? [Line(median)] : [],
    };

    private static PictureLine Line(Curve curve) =>
        new(curve.Model, curve.Block, [.. curve.Steps.Select(step => (double)step)], curve.Values);

    private static PictureLine ByBlock(IReadOnlyList<Curve> curves, Func<Curve, double> value)
    {
        var blocks = curves.Where(curve => curve.Block is not null).OrderBy(curve => curve.Block).ToArray();
        return new PictureLine(curves[0].Model, null, [.. blocks.Select(curve => (double)curve.Block!)], [.. blocks.Select(value)]);
    }

    private static IEnumerable<PictureMark> Marks(Measure measure, Evidence item, PictureLine[] lines)
    {
        if (item.Step is not { } step || AxisOf(measure) != PictureAxis.Step
            || lines.FirstOrDefault(line => line.Model == item.Model
                && (line.Block == item.Block || measure.View == PictureView.Median)) is not { } line)
        {
            yield break;
        }

        var nearest = Enumerable.Range(0, line.X.Count).MinBy(i => Math.Abs(line.X[i] - step));
        yield return new PictureMark(item.Model, line.Block, line.X[nearest], line.Y[nearest], item.Quantity);
    }
}
