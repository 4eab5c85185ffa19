using PythiaOrleans.Reporting.Series;

namespace PythiaOrleans.Reporting.Findings;

/// <summary>How alike the curves of several models are.</summary>
/// <remarks>
/// Levels of monotone curves always correlate, and shifted peaks never do. So two numbers: the correlation of changes along fractions
/// of training, and the share of the logarithms' variance that lies between models after each curve has been given its best scale
/// factor.
/// </remarks>
internal static class CurveAgreement
{
    private const int Samples = 100;

    /// <summary>
    /// The mean correlation over all pairs of models of the curves' changes between equal fractions of training; NaN of fewer than two.
    /// </summary>
    public static double OfChanges(IReadOnlyList<Curve> curves)
    {
        double[][] changes = [.. curves.Where(curve => curve.Steps.Length > 2).Select(Resampled).Select(Changes)];
        double[] pairs =
        [
            .. from i in Enumerable.Range(0, changes.Length)
               from j in Enumerable.Range(0, i)
               select CurveStatistics.Correlation(changes[i], changes[j]),
        ];
        return pairs.Length == 0 ? double.NaN : pairs.Average();
    }

    /// <summary>
    /// The share of the variance of log values that the models' common course does not explain, along a common time that each curve
    /// brings with it. 0: the same curve but for a factor; 1: nothing in common. NaN of fewer than two curves.
    /// </summary>
    /// <param name="curves">Positive values.</param>
    /// <param name="times">The time of each value, ascending, one array for each curve.</param>
    public static double VarianceBetween(IReadOnlyList<Curve> curves, IReadOnlyList<double[]> times)
    {
        if (curves.Count < 2 || curves.Any(curve => curve.Steps.Length < 3 || curve.Values.Any(value => value <= 0)))
        {
            return double.NaN;
        }

        var (from, to) = (times.Max(time => time[0]), times.Min(time => time[^1]));
        double[][] logs = [.. curves
            .Select((curve, i) => Centred(Interpolate(times[i], Array.ConvertAll(curve.Values, Math.Log), from, to)))];
        double[] common = [.. Enumerable.Range(0, Samples).Select(i => logs.Average(log => log[i]))];
        var all = logs.Sum(log => log.Sum(value => value * value));
        return all == 0 ? 0 : logs.Sum(log => log.Zip(common, (value, mean) => (value - mean) * (value - mean)).Sum()) / all;
    }

    private static double[] Resampled(Curve curve) =>
        Interpolate([.. curve.Steps.Select(step => curve.Fraction(step))], curve.Values, curve.Fraction(curve.Steps[0]), 1);

    private static double[] Changes(double[] values) => [.. values.Skip(1).Zip(values, (later, earlier) => later - earlier)];

    private static double[] Centred(double[] values)
    {
        var mean = values.Average();
        return Array.ConvertAll(values, value => value - mean);
    }

    // By straight lines between checkpoints.
    private static double[] Interpolate(double[] x, double[] y, double from, double to) =>
    [
        .. Enumerable.Range(0, Samples).Select(i =>
        {
            var at = from + ((to - from) * i / (Samples - 1));
            var right = Math.Clamp(Array.FindIndex(x, value => value >= at), 1, x.Length - 1);
            var width = x[right] - x[right - 1];
            return width == 0 ? y[right] : y[right - 1] + ((at - x[right - 1]) / width * (y[right] - y[right - 1]));
        }),
    ];
}
