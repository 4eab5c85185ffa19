namespace PythiaOrleans.Numerics.Geometry;

/// <summary>How many directions a spectrum has, by three measures; none of them changes when all values are scaled alike.</summary>
public static class SpectrumShape
{
    /// <summary>
    /// exp(−Σ p ln p) with p = σ/Σσ: the effective rank of Roy and Vetterli 2007, which RankMe takes too (Garrido et al. 2023).
    /// </summary>
    /// <param name="singularValues">σ, in any order.</param>
    /// <returns>From 1 to the number of values; NaN where all are 0. RankMe adds 1e-7 to each p, which only guards the logarithm.</returns>
    public static double EffectiveRank(IReadOnlyCollection<double> singularValues)
    {
        var sum = singularValues.Sum();
        return sum > 0
            ? Math.Exp(-singularValues.Where(value => value > 0).Sum(value => value / sum * Math.Log(value / sum)))
            : double.NaN;
    }

    /// <summary>(Σλ)²/Σλ².</summary>
    /// <param name="variances">λ, in any order.</param>
    public static double ParticipationRatio(IReadOnlyCollection<double> variances)
    {
        var sum = variances.Sum();
        return sum * sum / variances.Sum(value => value * value);
    }

    /// <summary>α of λᵢ ∝ i^−α, by least squares of ln λ on ln i over some ranks (αReQ: Agrawal et al. 2022).</summary>
    /// <param name="variances">λ, descending.</param>
    /// <param name="first">The first rank, from 1.</param>
    /// <param name="last">The last rank; fewer are taken where there are fewer, or where rounding is all that is left of a λ.</param>
    /// <returns>NaN with fewer than five ranks.</returns>
    public static double DecayExponent(IReadOnlyList<double> variances, int first, int last)
    {
        const int fewest = 5;
        var noise = variances.Count > 0 ? variances[0] * variances.Count * 2.220446049250313e-16 : 0; // 2^-52
        var points = Enumerable.Range(first, last - first + 1)
            .Where(rank => rank <= variances.Count && variances[rank - 1] > noise)
            .Select(rank => (X: Math.Log(rank), Y: Math.Log(variances[rank - 1])))
            .ToArray();
        if (points.Length < fewest)
        {
            return double.NaN;
        }

        var (x, y) = (points.Average(point => point.X), points.Average(point => point.Y));
        return -points.Sum(point => (point.X - x) * (point.Y - y)) / points.Sum(point => (point.X - x) * (point.X - x));
    }
}
