namespace PythiaOrleans.Numerics.PowerLaws;

/// <summary>Does the power law fit, and how uncertain is its exponent? Answered by samples drawn from the fitted model.</summary>
/// <remarks>
/// The semi-parametric bootstrap of Clauset, Shalizi and Newman 2009, section 4.1: each draw has as many values as the sample; a value
/// comes from the fitted law with probability n_tail/n, otherwise it is one of the sample's values below xmin; xmin and α are fitted
/// again. p is the share of draws that lie at least as far from their own fit as the sample does from its: below 0.1 the power law is
/// ruled out. The error of α is that of resampling with xmin chosen again.
/// </remarks>
/// <param name="P">The goodness-of-fit p value, in steps of 1/draws; NaN where nothing was fitted.</param>
/// <param name="AlphaError">The standard deviation of α over samples drawn with replacement, xmin chosen again each time.</param>
internal sealed record PowerLawBootstrap(double P, double AlphaError)
{
    /// <summary>More values than these are thinned out before; the p value only needs enough to see a misfit.</summary>
    public const int MaxValues = 100_000;

    /// <summary>Tests a fit.</summary>
    /// <param name="descending">The sample, largest first; at most <see cref="MaxValues"/> values.</param>
    /// <param name="search">How <paramref name="fit"/> was found; the draws are searched alike.</param>
    /// <param name="fit">The fit.</param>
    /// <param name="draws">100 gives p to about 0.05.</param>
    /// <param name="seed">The same seed gives the same answer.</param>
    /// <param name="cancellationToken">Checked before each draw.</param>
    /// <exception cref="ArgumentException">The sample is too large.</exception>
    public static PowerLawBootstrap Test(
        ReadOnlySpan<double> descending,
        PowerLawSearch search,
        PowerLawFit fit,
        int draws,
        int seed,
        CancellationToken cancellationToken = default)
    {
        if (descending.Length > MaxValues)
        {
            throw new ArgumentException(
                $"Expected at most {MaxValues} values, found {descending.Length}: thin the sample out before.", nameof(descending));
        }

        if (fit.Count == 0)
        {
            return new PowerLawBootstrap(double.NaN, double.NaN);
        }

        var random = new Random(seed);
        var below = descending[(int)fit.Count..];
        var (drawn, alphas, farther) = (new double[descending.Length], new double[draws], 0);
        for (var draw = 0; draw < draws; draw++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            for (var i = 0; i < drawn.Length; i++)
            {
                drawn[i] = random.NextDouble() * drawn.Length < fit.Count || below.Length == 0
                    ? fit.XMin * Math.Pow(1 - random.NextDouble(), -1 / (fit.Alpha - 1))
                    : below[random.Next(below.Length)];
            }

            farther += Refit(drawn, search).KolmogorovSmirnov >= fit.KolmogorovSmirnov ? 1 : 0;
            for (var i = 0; i < drawn.Length; i++)
            {
                drawn[i] = descending[random.Next(descending.Length)];
            }

            alphas[draw] = Refit(drawn, search).Alpha;
        }

        var found = alphas.Where(double.IsFinite).ToArray();
        var mean = found.Average();
        return new PowerLawBootstrap((double)farther / draws, Math.Sqrt(found.Average(alpha => (alpha - mean) * (alpha - mean))));
    }

    private static PowerLawFit Refit(double[] values, PowerLawSearch search)
    {
        Array.Sort(values, static (a, b) => b.CompareTo(a));
        return PowerLawFit.Fit(PowerLawSample.OfDescending(values), search);
    }
}
