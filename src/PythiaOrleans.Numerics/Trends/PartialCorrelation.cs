namespace PythiaOrleans.Numerics.Trends;

/// <summary>Spearman's rank correlation of two columns, as far as it is left when a third one is held fixed.</summary>
internal static class PartialCorrelation
{
    /// <summary>(ρ_xy − ρ_xz ρ_yz) / √((1 − ρ_xz²)(1 − ρ_yz²)) of ranks; NaN where z decides one of them.</summary>
    public static double Rank(IReadOnlyList<double> x, IReadOnlyList<double> y, IReadOnlyList<double> z)
    {
        var (xy, xz, yz) = (RankCorrelation.RhoOf(x, y), RankCorrelation.RhoOf(x, z), RankCorrelation.RhoOf(y, z));
        var scale = Math.Sqrt((1 - (xz * xz)) * (1 - (yz * yz)));
        return scale > 1e-9 ? (xy - (xz * yz)) / scale : double.NaN;
    }
}
