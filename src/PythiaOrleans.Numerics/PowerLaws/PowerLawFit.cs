using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using PythiaOrleans.Numerics.Lanes;

namespace PythiaOrleans.Numerics.PowerLaws;

/// <summary>A continuous power law p(x) ∝ x^−α for x ≥ xmin, fitted to the largest values of a sample.</summary>
/// <remarks>
/// α = 1 + n / Σ ln(x / xmin), the Hill estimate; xmin is the candidate whose tail has the smallest Kolmogorov-Smirnov distance;
/// standard error (α − 1)/√n: Clauset, Shalizi and Newman 2009 (SIAM Review 51), equations 3.1, 3.2 and section 3.3. Whether the law
/// fits at all is another question: see <see cref="PowerLawBootstrap"/> and <see cref="PowerLawAlternatives"/>.
/// </remarks>
/// <param name="Alpha">The exponent of the density; NaN where no tail could be fitted.</param>
/// <param name="XMin">Where the tail begins.</param>
/// <param name="Count">Values in the tail.</param>
/// <param name="KolmogorovSmirnov">The Kolmogorov-Smirnov distance of the tail from the law.</param>
internal sealed record PowerLawFit(double Alpha, double XMin, long Count, double KolmogorovSmirnov)
{
    /// <summary>The result for a sample without a tail.</summary>
    public static PowerLawFit None { get; } = new(double.NaN, double.NaN, 0, double.NaN);

    /// <summary>The standard error of α for a given xmin, (α − 1)/√n: it does not know that xmin was chosen, so it is too small.</summary>
    public double StandardError => (Alpha - 1) / Math.Sqrt(Count);

    /// <summary>Fits the law to the tail that it describes best.</summary>
    public static PowerLawFit Fit(PowerLawSample sample, PowerLawSearch search)
    {
        if (sample.Total < search.MinTailCount / search.MaxTailShare)
        {
            return None;
        }

        var (values, counts, logs, total) = (sample.Values, sample.Counts, sample.Logs, sample.Total);
        var through = new double[values.Length]; // how many values are this large or larger
        var best = None;
        var candidate = 0;
        long tailCount = 0;
        double sumOfLogs = 0;
        for (var i = 0; i < values.Length && tailCount <= search.MaxTailShare * total; i++)
        {
            tailCount += counts[i];
            through[i] = tailCount;
            sumOfLogs += counts[i] * logs[i];
            if (i == 0 || tailCount < search.MinTailCount || sumOfLogs <= tailCount * logs[i] || !IsCandidate())
            {
                continue;
            }

            var exponent = tailCount / (sumOfLogs - (tailCount * logs[i]));
            var tailLogs = logs.AsSpan(0, i + 1);
            var tailThrough = through.AsSpan(0, i + 1);
            var distance = search.Candidates is null
                ? DistanceUpTo(
                    tailLogs,
                    tailThrough,
                    exponent,
                    double.IsNaN(best.KolmogorovSmirnov) ? double.PositiveInfinity : best.KolmogorovSmirnov)
                : Distance(tailLogs, tailThrough, exponent);
            if (!(distance >= best.KolmogorovSmirnov))
            {
                best = new PowerLawFit(1 + exponent, values[i], tailCount, distance);
            }
        }

        return best;

        bool IsCandidate()
        {
            if (search.Candidates is not { } candidates)
            {
                return true;
            }

            var first = candidate;
            while (candidate < candidates && tailCount >= search.TailCount(candidate, total))
            {
                candidate++;
            }

            return candidate > first;
        }
    }

    // Of every value as a candidate most are worse than the best so far, and soon known to be.
    private static double DistanceUpTo(ReadOnlySpan<double> logs, ReadOnlySpan<double> through, double exponent, double enough)
    {
        double distance = 0, before = 0;
        var (logMin, tailCount) = (logs[^1], through[^1]);
        for (var i = 0; i < logs.Length && distance < enough; i++)
        {
            var survival = Math.Exp(-exponent * (logs[i] - logMin));
            distance = Math.Max(distance, Math.Max(survival - (before / tailCount), (through[i] / tailCount) - survival));
            before = through[i];
        }

        return distance;
    }

    // Survival is exp(−exponent · (ln x − ln xmin)); the sample's steps down at each value.
    [MethodImpl(Jit.FullyOptimized)]
    private static double Distance(ReadOnlySpan<double> logs, ReadOnlySpan<double> through, double exponent)
    {
        var (logMin, tailCount) = (logs[^1], through[^1]);
        var (min, slope, share) = (Vector256.Create(logMin), Vector256.Create(-exponent), Vector256.Create(1 / tailCount));
        var gap = Vector256.Create(Math.Exp(-exponent * (logs[0] - logMin))); // above the largest value the sample has nothing
        var at = 1;
        for (; at + Lane.Count <= logs.Length; at += Lane.Count)
        {
            var expected = Lane.Exp(slope * (Vector256.Create(logs[at..]) - min));
            var above = Vector256.Create(through[(at - 1)..]) * share;
            var with = Vector256.Create(through[at..]) * share;
            gap = Vector256.Max(gap, Vector256.Max(expected - above, with - expected));
        }

        var distance = (through[0] / tailCount) - Math.Exp(-exponent * (logs[0] - logMin));
        for (var lane = 0; lane < Lane.Count; lane++)
        {
            distance = Math.Max(distance, gap[lane]);
        }

        for (; at < logs.Length; at++)
        {
            var expected = Math.Exp(-exponent * (logs[at] - logMin));
            distance = Math.Max(distance, Math.Max(expected - (through[at - 1] / tailCount), (through[at] / tailCount) - expected));
        }

        return distance;
    }
}
