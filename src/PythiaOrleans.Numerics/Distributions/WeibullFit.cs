namespace PythiaOrleans.Numerics.Distributions;

/// <summary>The Weibull distribution of |x| by its probability plot.</summary>
/// <remarks>
/// Of the sorted |x|, F = (i − 0.5)/n, those with 0.1 ≤ F ≤ 0.9: a straight line of ln(−ln(1 − F)) over ln |x| has slope k, and crosses 0
/// at ln λ (Ding 2026, arXiv:2606.19367). A Gaussian of deviation σ has k = 1.205 and λ = 0.8875 σ; heavier tails have a smaller k.
/// </remarks>
/// <param name="Shape">k; NaN where fewer than two sizes lie there.</param>
/// <param name="Scale">λ, in the unit of x.</param>
/// <param name="RSquared">How straight the line is, at most 1.</param>
public sealed record WeibullFit(double Shape, double Scale, double RSquared)
{
    private const double From = 0.1;
    private const double To = 0.9;

    /// <summary>Fits.</summary>
    /// <param name="values">x.</param>
    public static WeibullFit Fit(ExactDistribution values)
    {
        ArgumentNullException.ThrowIfNull(values);
        double weight = 0, x = 0, y = 0, xx = 0, xy = 0, yy = 0;
        long before = 0;
        var points = 0;
        var sizes = values.Magnitudes();
        foreach (var (size, count) in sizes.Values.Zip(sizes.Counts))
        {
            // Equal sizes share the middle of their ranks.
            var share = (before + (count / 2.0)) / values.Count;
            before += count;
            if (size > 0 && share is >= From and <= To)
            {
                points++;
                var (across, up) = (Math.Log(size), Math.Log(-Math.Log(1 - share)));
                (weight, x, y) = (weight + count, x + (count * across), y + (count * up));
                (xx, xy, yy) = (xx + (count * across * across), xy + (count * across * up), yy + (count * up * up));
            }
        }

        if (points < 2)
        {
            return new WeibullFit(double.NaN, double.NaN, double.NaN); // one point has no slope, whatever rounding says
        }

        var (spread, joint, height) = (xx - (x * x / weight), xy - (x * y / weight), yy - (y * y / weight));
        var slope = joint / spread;
        return new WeibullFit(slope, Math.Exp((x / weight) - (y / weight / slope)), joint * joint / (spread * height));
    }
}
