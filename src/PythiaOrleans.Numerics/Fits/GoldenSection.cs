namespace PythiaOrleans.Numerics.Fits;

/// <summary>The place of the largest value of a function with a single top (Kiefer 1953).</summary>
/// <remarks>Two values within an interval tell on which side the top lies; one of them is used again in the next.</remarks>
internal static class GoldenSection
{
    private static readonly double Ratio = (Math.Sqrt(5) - 1) / 2;

    /// <summary>The middle of the last interval, no wider than the tolerance.</summary>
    /// <param name="f">The function.</param>
    /// <param name="low">Where the search begins.</param>
    /// <param name="high">Where it ends.</param>
    /// <param name="tolerance">In the unit of the place; above 0.</param>
    public static double Maximise(Func<double, double> f, double low, double high, double tolerance)
    {
        var (left, right) = (high - (Ratio * (high - low)), low + (Ratio * (high - low)));
        var (atLeft, atRight) = (f(left), f(right));
        while (high - low > tolerance)
        {
            if (atLeft > atRight)
            {
                (high, right, atRight) = (right, left, atLeft);
                left = high - (Ratio * (high - low));
                atLeft = f(left);
            }
            else
            {
                (low, left, atLeft) = (left, right, atRight);
                right = low + (Ratio * (high - low));
                atRight = f(right);
            }
        }

        return (low + high) / 2;
    }
}
