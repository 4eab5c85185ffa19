using PythiaOrleans.Reporting.Series;

namespace PythiaOrleans.Reporting.Findings;

/// <summary>The rule that a value of each block is low in the first and the last block and high between.</summary>
/// <remarks>Models with fewer than 5 blocks have no middle and are not judged.</remarks>
internal static class LowAtBothEnds
{
    private const int MinBlocks = 5;
    private const double Low = 0.5;

    /// <summary>The first and the last block of each model against the median of the blocks between.</summary>
    /// <param name="series">The series.</param>
    /// <param name="measure">The measure, one curve for each block.</param>
    /// <param name="component">What the evidence names.</param>
    /// <param name="pick">The value of a block's curve that is judged.</param>
    /// <param name="quantity">That value in words.</param>
    public static IEnumerable<Evidence> Judge(
        SeriesSet series, Measure measure, string component, Func<Curve, double> pick, string quantity)
    {
        foreach (var model in series.Models)
        {
            double[] blocks = [.. measure.Curves(series, model).Select(pick)];
            if (blocks.Length < MinBlocks)
            {
                continue;
            }

            var middle = CurveStatistics.Median(blocks[2..^1]);
            foreach (var (block, name) in new[] { (0, "first"), (blocks.Length - 1, "last") })
            {
                var ratio = blocks[block] / middle;
                yield return measure.Says(
                    $"low in the {name} block",
                    model,
                    component,
                    $"{quantity}, {name} block over the median of the blocks between",
                    ratio,
                    $"at most {Low:0.##}",
                    ratio <= Low) with
                { Block = block };
            }
        }
    }
}
