using System.Numerics;
using System.Runtime.CompilerServices;
using PythiaOrleans.Numerics.Distributions;
using PythiaOrleans.Numerics.Lanes;

namespace PythiaOrleans.Numerics.PowerLaws;

/// <summary>The power law that fits the largest |w| best: p(x) ∝ x^−α for x ≥ xmin.</summary>
/// <remarks>
/// α = 1 + n / Σ ln(x / xmin), the Hill estimate; xmin is the candidate whose tail has the smallest Kolmogorov-Smirnov distance
/// (Clauset, Shalizi and Newman 2009, SIAM Review 51, sections 3.1 and 3.3). Candidates are spaced evenly in log rank between the median and the 50th largest.
/// </remarks>
/// <param name="Alpha">The exponent of the density; 1/(α − 1) is Hill's tail index of the survival function's inverse. NaN where no tail could be fitted.</param>
/// <param name="XMin">Where the tail begins.</param>
/// <param name="Count">Values in the tail.</param>
/// <param name="Distance">The Kolmogorov-Smirnov distance of the tail from the law.</param>
internal sealed record TailFit(double Alpha, double XMin, long Count, double Distance)
{
    /// <summary>Fewer values than this are no tail.</summary>
    public const int MinInTail = 50;

    private const int Candidates = 40;

    /// <summary>What is said of a sample without a tail.</summary>
    public static TailFit None { get; } = new(double.NaN, double.NaN, 0, double.NaN);

    /// <summary>The standard error of α, (α − 1) / √n.</summary>
    public double StandardError => (Alpha - 1) / Math.Sqrt(Count);

    /// <summary>Fits the tail of |w|.</summary>
    public static TailFit Fit(ExactDistribution distribution)
    {
        var (values, counts) = Magnitudes(distribution); // descending
        var total = counts.Sum();
        if (total < 2 * MinInTail)
        {
            return None;
        }

        var logs = Array.ConvertAll(values, Math.Log);
        var through = new double[values.Length]; // values as large as this one or larger
        var best = None;
        var candidate = 0;
        long inTail = 0;
        double sumOfLogs = 0;
        for (var i = 0; i < values.Length && 2 * inTail <= total; i++)
        {
            inTail += counts[i];
            through[i] = inTail;
            sumOfLogs += counts[i] * logs[i];
            var next = MinInTail * Math.Pow(total / (2.0 * MinInTail), candidate / (Candidates - 1.0));
            if (inTail < next || i == 0)
            {
                continue;
            }

            while (candidate < Candidates && inTail >= MinInTail * Math.Pow(total / (2.0 * MinInTail), candidate / (Candidates - 1.0)))
            {
                candidate++;
            }

            var exponent = inTail / (sumOfLogs - (inTail * logs[i]));
            var distance = Gap(logs.AsSpan(0, i + 1), through.AsSpan(0, i + 1), exponent);
            if (!(distance >= best.Distance))
            {
                best = new TailFit(1 + exponent, values[i], inTail, distance);
            }
        }

        return best;
    }

    // Survival is exp(−exponent · (ln x − ln xmin)); the sample's steps down at each value.
    [MethodImpl(Jit.FullyOptimized)]
    private static double Gap(ReadOnlySpan<double> logs, ReadOnlySpan<double> through, double exponent)
    {
        var (logMin, inTail) = (logs[^1], through[^1]);
        var (min, slope, share) = (new Vector<double>(logMin), new Vector<double>(-exponent), new Vector<double>(1 / inTail));
        var gap = new Vector<double>(Math.Exp(-exponent * (logs[0] - logMin))); // above the largest value the sample has nothing
        var at = 1;
        for (; at + Vector<double>.Count <= logs.Length; at += Vector<double>.Count)
        {
            var expected = Vector.Exp(slope * (new Vector<double>(logs[at..]) - min));
            var above = new Vector<double>(through[(at - 1)..]) * share;
            var with = new Vector<double>(through[at..]) * share;
            gap = Vector.Max(gap, Vector.Max(expected - above, with - expected));
        }

        var distance = (through[0] / inTail) - Math.Exp(-exponent * (logs[0] - logMin));
        for (var lane = 0; lane < Vector<double>.Count; lane++)
        {
            distance = Math.Max(distance, gap[lane]);
        }

        for (; at < logs.Length; at++)
        {
            var expected = Math.Exp(-exponent * (logs[at] - logMin));
            distance = Math.Max(distance, Math.Max(expected - (through[at - 1] / inTail), (through[at] / inTail) - expected));
        }

        return distance;
    }

    // Distinct |w| > 0, descending, from the two ends of the sorted values inward.
    [MethodImpl(Jit.FullyOptimized)]
    private static (double[] Values, long[] Counts) Magnitudes(ExactDistribution distribution)
    {
        var (values, counts) = (distribution.Values, distribution.Counts);
        var (magnitudes, times) = (new List<double>(values.Length), new List<long>(values.Length));
        for (int low = 0, high = values.Length - 1; low <= high && (values[low] < 0 || values[high] > 0);)
        {
            var (left, right) = (-values[low], values[high]);
            var magnitude = Math.Max(left, right);
            long count = 0;
            if (right == magnitude)
            {
                count += counts[high--];
            }

            if (left == magnitude && left > 0)
            {
                count += counts[low++];
            }

            magnitudes.Add(magnitude);
            times.Add(count);
        }

        return ([.. magnitudes], [.. times]);
    }
}
