namespace PythiaOrleans.Numerics.Regression;

/// <summary>Two straight lines through a curve.</summary>
internal static class PiecewiseLinearFit
{
    private const int MinPoints = 3;

    /// <summary>
    /// The index of the first point of the second line, where both together have the least squared error; each has at least 3 points.
    /// </summary>
    public static int BestBreak(IReadOnlyList<int> steps, IReadOnlyList<double> values)
    {
        var best = (Cost: double.PositiveInfinity, Index: MinPoints);
        for (var i = MinPoints; i <= steps.Count - MinPoints; i++)
        {
            var cost = Error(steps, values, 0, i) + Error(steps, values, i, steps.Count);
            best = cost < best.Cost ? (cost, i) : best;
        }

        return best.Index;
    }

    /// <summary>The squared error of the best straight line through the points from one index up to another, which is left out.</summary>
    public static double Error(IReadOnlyList<int> steps, IReadOnlyList<double> values, int from, int to)
    {
        double x = 0, y = 0, xx = 0, xy = 0, yy = 0;
        for (var i = from; i < to; i++)
        {
            // From the segment's own first point, or the squares of steps would cost the errors their digits.
            var (a, b) = ((double)steps[i] - steps[from], values[i] - values[from]);
            (x, y, xx, xy, yy) = (x + a, y + b, xx + (a * a), xy + (a * b), yy + (b * b));
        }

        var n = to - from;
        var (sxx, sxy, syy) = (xx - (x * x / n), xy - (x * y / n), yy - (y * y / n));
        return sxx == 0 ? syy : Math.Max(0, syy - (sxy * sxy / sxx));
    }
}
