namespace PythiaOrleans.Numerics.Trends;

/// <summary>Spearman's rank correlation of two columns, and what is left of it when a third one is held fixed.</summary>
internal static class PartialCorrelation
{
    /// <summary>Spearman's ρ; NaN of fewer than 3 pairs or where one column is constant.</summary>
    public static double Rank(IReadOnlyList<double> x, IReadOnlyList<double> y) =>
        x.Count < 3 ? double.NaN : Pearson(RankCorrelation.Ranks(x), RankCorrelation.Ranks(y));

    /// <summary>(ρ_xy − ρ_xz ρ_yz) / √((1 − ρ_xz²)(1 − ρ_yz²)) of ranks; NaN where z decides one of them.</summary>
    public static double Rank(IReadOnlyList<double> x, IReadOnlyList<double> y, IReadOnlyList<double> z)
    {
        var (xy, xz, yz) = (Rank(x, y), Rank(x, z), Rank(y, z));
        var scale = Math.Sqrt((1 - (xz * xz)) * (1 - (yz * yz)));
        return scale > 1e-9 ? (xy - (xz * yz)) / scale : double.NaN;
    }

    private static double Pearson(double[] x, double[] y)
    {
        var (meanX, meanY) = (x.Average(), y.Average());
        double xy = 0, xx = 0, yy = 0;
        for (var i = 0; i < x.Length; i++)
        {
            var (a, b) = (x[i] - meanX, y[i] - meanY);
            xy += a * b;
            xx += a * a;
            yy += b * b;
        }

        return xx > 0 && yy > 0 ? xy / Math.Sqrt(xx * yy) : double.NaN;
    }
}
