using PythiaOrleans.Core.Ids;

namespace PythiaOrleans.Cluster.Scheduling;

/// <summary>Divides a shard's analyses into parts of about the same length.</summary>
/// <remarks>
/// Longest processing time first: each analysis goes to the part that is shortest so far. One long analysis (gradients) makes parts
/// unequal, which is as good as it gets: an analysis is
/// never divided. Of all numbers of parts up to the wanted one, the largest is taken of which even the smallest part pays.
/// </remarks>
internal static class FanOut
{
    /// <param name="analyses">What the shard misses.</param>
    /// <param name="cost">What they take.</param>
    /// <param name="most">So many slots wait for it.</param>
    /// <param name="smallest">No part takes less.</param>
    /// <param name="reloads">Every part takes at least this many times what loading the checkpoint once more costs.</param>
    /// <returns>The parts with their share of the whole, the longest first; one part where dividing does not pay.</returns>
    public static IReadOnlyList<(AnalysisId[] Analyses, double Share)> Divide(IReadOnlyList<AnalysisId> analyses, ShardCost cost,
        int most, TimeSpan smallest, double reloads)
    {
        var seconds = analyses.Select(cost.SecondsOf).ToArray();
        var total = seconds.Sum();
        var least = Math.Max(smallest.TotalSeconds, reloads * cost.Reload.TotalSeconds);
        for (var count = Math.Min(most, analyses.Count); count > 1; count--)
        {
            if (count * least <= total && Partition(seconds, count) is var partOf && Sums(seconds, partOf, count) is var sums
                && sums.Min() >= least)
            {
                return
                [
                    .. Enumerable.Range(0, count).OrderByDescending(part => sums[part])
                        .Select(part => (analyses.Where((_, i) => partOf[i] == part).ToArray(), sums[part] / total)),
                ];
            }
        }

        return [([.. analyses], 1)];
    }

    private static int[] Partition(double[] seconds, int count)
    {
        var (partOf, sums) = (new int[seconds.Length], new double[count]);
        foreach (var i in Enumerable.Range(0, seconds.Length).OrderByDescending(i => seconds[i]))
        {
            partOf[i] = Array.IndexOf(sums, sums.Min());
            sums[partOf[i]] += seconds[i];
        }

        return partOf;
    }

    private static double[] Sums(double[] seconds, int[] partOf, int count)
    {
        var sums = new double[count];
        for (var i = 0; i < seconds.Length; i++)
        {
            sums[partOf[i]] += seconds[i];
        }

        return sums;
    }
}
