namespace PythiaOrleans.Numerics.Regression;

/// <summary>Does a curve have a break in its slope that no smooth curve of as many parameters explains?</summary>
/// <remarks>
/// Smooth: 1, √t, t, ln t, t², t³. Broken: 1, √t, t, ln t and a hinge max(0, t − τ) whose place is searched: six parameters each.
/// Residuals are taken as first-order autoregressive, r_i = φ r_(i−1) + e_i; with equal numbers of parameters the difference of the
/// Bayesian information criteria is n ln(Σe² smooth / Σe² broken). Roots, powers, logarithms and saturating exponentials have no break
/// by this test.
/// </remarks>
/// <param name="Index">The first point after the best break.</param>
/// <param name="Evidence">How much smaller the broken curve's criterion is; above <see cref="Strong"/> the break stands.</param>
internal sealed record BreakTest(int Index, double Evidence)
{
    /// <summary>'Very strong' by Kass and Raftery 1995: a difference of 10; doubled, because the break's place was searched.</summary>
    public const double Strong = 20;

    private const int MinSegment = 5;
    private const int SmoothTerms = 6;
    private const int BrokenTerms = 4;

    private static readonly Func<double, double>[] Terms =
        [_ => 1, Math.Sqrt, x => x, x => Math.Log(Math.Max(x, 1e-6)), x => x * x, x => x * x * x];

    /// <summary>Whether the break stands.</summary>
    public bool IsBreak => Evidence > Strong;

    /// <summary>Looks for the best break; null where the curve has fewer than 16 points or is constant.</summary>
    /// <param name="steps">Ascending, the first above 0.</param>
    /// <param name="values">One for each step.</param>
    public static BreakTest? Find(IReadOnlyList<int> steps, IReadOnlyList<double> values)
    {
        var n = steps.Count;
        if (n < (2 * MinSegment) + SmoothTerms || values.Max() == values.Min())
        {
            return null;
        }

        double[] t = [.. steps.Select(step => step / (double)steps[^1])];
        var basis = new OrthonormalBasis(n);
        double[] y = [.. values];
        Add(basis, t, Terms[..BrokenTerms]);
        var (index, broken) = BestHinge(basis, t, y);
        Add(basis, t, Terms[BrokenTerms..]);
        return new BreakTest(index, Difference(y, basis.Residual(y), broken));
    }

    /// <summary>
    /// Whether a break at a given place stands: a change of slope and a jump there, on 1, √t, t, ln t, against the smooth curve. The
    /// broken curve has one parameter more than the smooth one, for which its criterion pays ln n.
    /// </summary>
    /// <param name="steps">Ascending, from 0 on.</param>
    /// <param name="values">One for each step.</param>
    /// <param name="index">The first point after the break.</param>
    public static BreakTest At(IReadOnlyList<int> steps, IReadOnlyList<double> values, int index)
    {
        double[] t = [.. steps.Select(step => step / (double)steps[^1])], y = [.. values];
        OrthonormalBasis smooth = new(t.Length), broken = new(t.Length);
        Add(smooth, t, Terms);
        Add(broken, t, Terms[..BrokenTerms]);
        Add(broken, t, [x => x >= t[index] ? 1 : 0, x => Math.Max(0, x - t[index])]);
        return new BreakTest(index, Difference(y, smooth.Residual(y), broken.Residual(y)) - Math.Log(t.Length));
    }

    private static void Add(OrthonormalBasis basis, double[] t, Func<double, double>[] terms)
    {
        foreach (var term in terms)
        {
            basis.Add(Array.ConvertAll(t, x => term(x)));
        }
    }

    // How much smaller the criterion of the broken curve is, with equally many parameters.
    private static double Difference(double[] y, double[] smooth, double[] broken)
    {
        var floor = 1e-24 * y.Sum(value => value * value); // rounding, where a family contains the curve
        return (y.Length - 1) * Math.Log((Innovations(smooth) + floor) / (Innovations(broken) + floor));
    }

    private static (int Index, double[] Residual) BestHinge(OrthonormalBasis basis, double[] t, double[] y)
    {
        var without = basis.Residual(y);
        var (best, gain) = (MinSegment, double.NegativeInfinity);
        double[] residual = without;
        for (var i = MinSegment; i <= t.Length - MinSegment; i++)
        {
            var hinge = basis.Residual(Array.ConvertAll(t, x => Math.Max(0, x - t[i])));
            var (square, product) = (hinge.Sum(h => h * h), hinge.Zip(without, (h, r) => h * r).Sum());
            if (square > 1e-20 && product * product / square > gain)
            {
                (best, gain) = (i, product * product / square);
                residual = [.. without.Zip(hinge, (r, h) => r - (product / square * h))];
            }
        }

        return (best, residual);
    }

    private static double Innovations(double[] residual)
    {
        double product = 0, square = 0, sum = 0;
        for (var i = 1; i < residual.Length; i++)
        {
            product += residual[i] * residual[i - 1];
            square += residual[i - 1] * residual[i - 1];
        }

        var phi = square == 0 ? 0 : Math.Clamp(product / square, -0.99, 0.99);
        for (var i = 1; i < residual.Length; i++)
        {
            sum += Math.Pow(residual[i] - (phi * residual[i - 1]), 2);
        }

        return sum;
    }
}
