using PythiaOrleans.Numerics.Distributions;
using PythiaOrleans.Reporting.Series;

namespace PythiaOrleans.Reporting.Findings;

/// <summary>The words of the findings, computed: peak, decline, asymptote, crossing, agreement of shapes.</summary>
internal static class CurveStatistics
{
    /// <summary>'Declines': the last value is at least 5 % under the peak.</summary>
    public const double Declined = 0.95;

    /// <summary>'Asymptotes': the last fifth of training changes by less than 5 %.</summary>
    public const double Settled = 0.05;

    /// <summary>'Between checkpoints 20 and 40' of 143, as fractions of training.</summary>
    public const double WindowStart = 20.0 / 143;

    /// <summary>The window's end.</summary>
    public const double WindowEnd = 40.0 / 143;

    /// <summary>'Within the first few thousand steps' of 143,000: up to 5 %.</summary>
    public const double Early = 0.05;

    /// <summary>The window in words.</summary>
    public static string WindowText { get; } = $"{WindowStart:0.##} to {WindowEnd:0.##} of training";

    /// <summary>The median; the mean of the middle two of an even number; NaN of nothing.</summary>
    public static double Median(IEnumerable<double> values) => Quantiles.Median(values);

    /// <summary>The step as a share of the curve's last.</summary>
    public static double Fraction(this Curve curve, double step) => step / curve.Steps[^1];

    /// <summary>Whether a fraction of training lies between checkpoints 20 and 40 of 143.</summary>
    public static bool InWindow(double fraction) => fraction is >= WindowStart and <= WindowEnd;

    /// <summary>The median over blocks of the peaks' steps; not smoothed, as the reference numbers are.</summary>
    public static double MedianPeak(this IReadOnlyList<Curve> blocks) => Median(blocks.Select(curve => (double)curve.PeakStep));

    /// <summary>The median over blocks of the last value over the largest.</summary>
    public static double MedianFinalOverPeak(this IReadOnlyList<Curve> blocks) => Median(blocks.Select(curve => curve.FinalOverPeak));

    /// <summary>
    /// The median over blocks of the fraction of training from which the curve stays above zero; infinite where most never do.
    /// </summary>
    public static double MedianCrossing(this IReadOnlyList<Curve> blocks) => Median(blocks.Select(StaysPositiveFrom));

    /// <summary>The relative change of the smoothed curve over the last fifth of training.</summary>
    public static double LastFifth(this Curve curve)
    {
        var smooth = curve.Smoothed();
        return (smooth.Last - smooth.At(0.8)) / Math.Abs(smooth.Last);
    }

    /// <summary>The value at a fraction of training: that of the first step not before it.</summary>
    public static double At(this Curve curve, double fraction)
    {
        var index = Array.FindIndex(curve.Steps, step => step >= fraction * curve.Steps[^1]);
        return curve.Values[index];
    }

    /// <summary>The fraction of training from which the curve stays above zero; infinite where it ends below.</summary>
    public static double StaysPositiveFrom(this Curve curve)
    {
        var last = Array.FindLastIndex(curve.Values, value => value <= 0);
        return last == curve.Values.Length - 1 ? double.PositiveInfinity : curve.Fraction(curve.Steps[last + 1]);
    }

    /// <summary>The median over curves at each step that all have.</summary>
    public static Curve? MedianCurve(this IReadOnlyList<Curve> blocks)
    {
        if (blocks.Count == 0)
        {
            return null;
        }

        int[] steps = [.. blocks.Select(curve => (IEnumerable<int>)curve.Steps).Aggregate((a, b) => a.Intersect(b))];
        var at = blocks.Select(curve => curve.Steps.Zip(curve.Values).ToDictionary(pair => pair.First, pair => pair.Second)).ToArray();
        return steps.Length == 0 ? null : blocks[0] with
        {
            Block = blocks.Count == 1 ? blocks[0].Block : null,
            Steps = steps,
            Values = [.. steps.Select(step => Median(at.Select(values => values[step])))],
        };
    }

    /// <summary>Pearson's correlation of two curves at the steps that both have; NaN of fewer than three.</summary>
    public static double Correlation(Curve a, Curve b)
    {
        double[] first = a.Join(b, (x, _) => x).Values, second = b.Join(a, (x, _) => x).Values;
        return first.Length < 3 || first.Length != second.Length ? double.NaN : Correlation(first, second);
    }

    /// <summary>Pearson's correlation; 0 where one of the two is constant.</summary>
    public static double Correlation(double[] a, double[] b)
    {
        var (meanA, meanB) = (a.Average(), b.Average());
        var product = a.Zip(b, (x, y) => (x - meanA) * (y - meanB)).Sum();
        var scale = Math.Sqrt(a.Sum(x => (x - meanA) * (x - meanA)) * b.Sum(y => (y - meanB) * (y - meanB)));
        return scale == 0 ? 0 : product / scale;
    }

    /// <summary>The changes from checkpoint to checkpoint, at the later one's step.</summary>
    public static Curve Differences(this Curve curve) => curve with
    {
        Steps = curve.Steps[1..],
        Values = [.. curve.Values.Skip(1).Zip(curve.Values, (later, earlier) => later - earlier)],
    };

    /// <summary>The share of pairs (i before j) with a[i] &lt; a[j]; NaN of fewer than two.</summary>
    public static double Concordance(IReadOnlyList<double> a)
    {
        bool[] pairs = [.. from j in Enumerable.Range(0, a.Count) from i in Enumerable.Range(0, j) select a[i] < a[j]];
        return pairs.Length == 0 ? double.NaN : pairs.Count(up => up) / (double)pairs.Length;
    }
}
