using MathNet.Numerics;

namespace PythiaOrleans.Numerics.PowerLaws;

/// <summary>A continuous power law p(x) ∝ x^−α, x ≥ xmin, fitted to a sample, with its rivals on the same tail.</summary>
/// <remarks>
/// α = 1 + n / Σ ln(x / xmin), xmin of the smallest Kolmogorov-Smirnov distance among all values of the sample, standard error (α − 1)/√n: Clauset, Shalizi and
/// Newman 2009 (SIAM Review 51), equations 3.1, 3.2 and section 3.3. Rivals: exponential and lognormal, both cut at xmin; the normalised log-likelihood ratio and
/// its two-sided p value are Vuong's (1989), as in their section 5: positive favours the power law.
/// </remarks>
/// <param name="Alpha">The exponent; NaN where the sample is too small.</param>
/// <param name="XMin">Where the tail begins.</param>
/// <param name="Count">Values in the tail.</param>
/// <param name="Distance">Its Kolmogorov-Smirnov distance.</param>
/// <param name="Exponential">Against the exponential law.</param>
/// <param name="Lognormal">Against the lognormal law.</param>
internal sealed record PowerLawFit(double Alpha, double XMin, int Count, double Distance, LikelihoodRatio Exponential, LikelihoodRatio Lognormal)
{
    /// <summary>A tail of fewer values is not looked at.</summary>
    public const int MinInTail = 10;

    /// <summary>What is said of a sample that is too small.</summary>
    public static PowerLawFit None { get; } = new(double.NaN, double.NaN, 0, double.NaN, LikelihoodRatio.None, LikelihoodRatio.None);

    /// <summary>The standard error of α.</summary>
    public double StandardError => (Alpha - 1) / Math.Sqrt(Count);

    /// <summary>Fits the law.</summary>
    /// <param name="descending">The sample; what is not positive is left out.</param>
    public static PowerLawFit Fit(ReadOnlySpan<double> descending)
    {
        var logs = new List<double>(descending.Length);
        foreach (var value in descending)
        {
            if (value > 0)
            {
                logs.Add(Math.Log(value));
            }
        }

        var (best, bestDistance, bestAlpha) = (0, double.PositiveInfinity, double.NaN);
        double sum = 0;
        for (var i = 0; i < logs.Count; i++)
        {
            sum += logs[i];
            if (i + 1 < MinInTail || (i + 1 < logs.Count && logs[i + 1] == logs[i]) || sum <= (i + 1) * logs[i])
            {
                continue;
            }

            var exponent = (i + 1) / (sum - ((i + 1) * logs[i]));
            var distance = Gap(logs, i + 1, exponent, bestDistance);
            if (distance < bestDistance)
            {
                (best, bestDistance, bestAlpha) = (i + 1, distance, 1 + exponent);
            }
        }

        if (best == 0)
        {
            return None;
        }

        var tail = logs.Take(best).ToArray();
        return new PowerLawFit(bestAlpha, Math.Exp(tail[^1]), best, bestDistance, AgainstExponential(tail, bestAlpha), AgainstLognormal(tail, bestAlpha));
    }

    // Stops early once it is worse than the best: most candidates are.
    private static double Gap(List<double> logs, int count, double exponent, double enough)
    {
        double distance = 0;
        var least = logs[count - 1];
        for (var i = 0; i < count && distance < enough; i++)
        {
            var survival = Math.Exp(-exponent * (logs[i] - least));
            distance = Math.Max(distance, Math.Max(survival - ((double)i / count), ((i + 1.0) / count) - survival));
        }

        return distance;
    }

    private static double LogDensity(double log, double least, double alpha) => Math.Log(alpha - 1) - least - (alpha * (log - least));

    private static LikelihoodRatio AgainstExponential(double[] logs, double alpha)
    {
        var least = logs[^1];
        var start = Math.Exp(least);
        var rate = 1 / (logs.Average(Math.Exp) - start);
        return LikelihoodRatio.Fit(logs, log => LogDensity(log, least, alpha), log => Math.Log(rate) - (rate * (Math.Exp(log) - start)));
    }

    // The likelihood of the cut lognormal law needs only Σ ln x and Σ ln² x: a search over (μ, ln σ) costs nothing.
    private static LikelihoodRatio AgainstLognormal(double[] logs, double alpha)
    {
        var least = logs[^1];
        var (mean, square) = (logs.Average(), logs.Average(log => log * log));
        var spread = Math.Sqrt(Math.Max(square - (mean * mean), 1e-12));
        var (mu, lnSigma) = Search(mean, Math.Log(spread), (m, s) =>
        {
            var sigma = Math.Exp(s);
            return -s - ((square - (2 * m * mean) + (m * m)) / (2 * sigma * sigma)) - LogSurvival((least - m) / sigma);
        });
        var sigma = Math.Exp(lnSigma);
        var share = LogSurvival((least - mu) / sigma);
        return LikelihoodRatio.Fit(
            logs,
            log => LogDensity(log, least, alpha),
            log => -log - lnSigma - (0.5 * Math.Log(2 * Math.PI)) - (Math.Pow((log - mu) / sigma, 2) / 2) - share);
    }

    private static double LogSurvival(double z) => z < 25
        ? Math.Log(SpecialFunctions.Erfc(z / Math.Sqrt(2)) / 2)
        : (-z * z / 2) - Math.Log(z * Math.Sqrt(2 * Math.PI));

    // Climbs along the axes with steps that grow on success and shrink on failure.
    private static (double X, double Y) Search(double x, double y, Func<double, double, double> f)
    {
        var (bestX, bestY, best) = (x, y, f(x, y));
        var (stepX, stepY) = (1.0, 0.5);
        for (var round = 0; round < 400 && stepX + stepY > 1e-7; round++)
        {
            if (!Try(bestX + stepX, bestY) && !Try(bestX - stepX, bestY))
            {
                stepX /= 2;
            }
            else
            {
                stepX *= 1.7;
            }

            if (!Try(bestX, bestY + stepY) && !Try(bestX, bestY - stepY))
            {
                stepY /= 2;
            }
            else
            {
                stepY *= 1.7;
            }
        }

        return (bestX, bestY);

        bool Try(double candidateX, double candidateY)
        {
            var value = candidateY is > -20 and < 20 && Math.Abs(candidateX) < 1e4 ? f(candidateX, candidateY) : double.NegativeInfinity;
            if (!(value > best))
            {
                return false;
            }

            (bestX, bestY, best) = (candidateX, candidateY, value);
            return true;
        }
    }
}

/// <summary>Vuong's comparison of two laws on one sample.</summary>
/// <param name="Ratio">The normalised log-likelihood ratio: positive favours the first law.</param>
/// <param name="P">Its two-sided p value: above 0.1 neither law is favoured.</param>
internal sealed record LikelihoodRatio(double Ratio, double P)
{
    /// <summary>Nothing was compared.</summary>
    public static LikelihoodRatio None { get; } = new(double.NaN, double.NaN);

    /// <summary>Compares two log-densities.</summary>
    public static LikelihoodRatio Fit(double[] sample, Func<double, double> first, Func<double, double> second)
    {
        var differences = Array.ConvertAll(sample, value => first(value) - second(value));
        var mean = differences.Average();
        var deviation = Math.Sqrt(differences.Average(value => (value - mean) * (value - mean)));
        var ratio = mean * Math.Sqrt(sample.Length) / deviation;
        return deviation > 0 ? new LikelihoodRatio(ratio, SpecialFunctions.Erfc(Math.Abs(ratio) / Math.Sqrt(2))) : None;
    }
}
