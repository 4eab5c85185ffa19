using PythiaOrleans.Checkpoints.Catalog;
using PythiaOrleans.Reporting.Series;

namespace PythiaOrleans.Reporting.Budgets;

/// <summary>Reads the weight decay off a curve of norms: the budget is fitted for many of them, and one fits best.</summary>
internal static class DecayRecovery
{
    /// <summary>The first checkpoints are left out: in warm-up updates have another size.</summary>
    public const int FirstCheckpoint = 10;

    private const int MinCheckpoints = 10;
    private const int GridPoints = 41;
    private const int Refinements = 40;
    private const double Smallest = 1e-3;
    private const double Largest = 1;
    private const double Golden = 0.6180339887498949;

    /// <summary>The weight decay; null for fewer than 20 checkpoints, or norms that are not positive.</summary>
    /// <param name="curve">Norms.</param>
    /// <param name="sums">The schedule's sums at the curve's steps.</param>
    public static RecoveredDecay? Recover(Curve curve, RateSums sums)
    {
        var norms = curve.Values;
        if (norms.Length < FirstCheckpoint + MinCheckpoints || norms[FirstCheckpoint..].Any(norm => !(norm > 0)))
        {
            return null;
        }

        double Error(double decay) =>
            NormBudgetFit.Fit(sums.Basis(decay), norms, FirstCheckpoint, norms.Length, aligned: true).RelativeError(norms);
        double[] grid = [.. Enumerable.Range(0, GridPoints)
            .Select(i => Smallest * Math.Pow(Largest / Smallest, i / (double)(GridPoints - 1)))];
        var errors = Array.ConvertAll(grid, decay => Error(decay));
        var none = Error(0);
        var at = Array.IndexOf(errors, errors.Min());
        var (best, smallest) = Refine(Error, grid[Math.Max(0, at - 1)], grid[Math.Min(GridPoints - 1, at + 1)]);
        if (none < smallest)
        {
            (best, smallest) = (0, none);
        }

        var limit = 2 * smallest;
        var below = Array.FindLastIndex(grid, decay => decay < best && errors[Array.IndexOf(grid, decay)] > limit);
        var above = Array.FindIndex(grid, decay => decay > best && errors[Array.IndexOf(grid, decay)] > limit);
        var low = none <= limit ? 0 : Edge(Error, below < 0 ? 0 : grid[below], best, limit);
        var high = above < 0 ? double.PositiveInfinity : Edge(Error, grid[above], best, limit);
        return new RecoveredDecay(best, low, high, smallest, none);
    }

    /// <summary>The sums of a schedule at a curve's steps.</summary>
    public static RateSums SumsOf(TrainingSchedule schedule, Curve curve) => new(schedule, curve.Steps);

    // Golden section, in the logarithm.
    private static (double At, double Error) Refine(Func<double, double> error, double from, double to)
    {
        var (low, high) = (Math.Log(from), Math.Log(to));
        var (a, b) = (high - (Golden * (high - low)), low + (Golden * (high - low)));
        var (errorA, errorB) = (error(Math.Exp(a)), error(Math.Exp(b)));
        for (var i = 0; i < Refinements && high - low > 1e-5; i++)
        {
            if (errorA <= errorB)
            {
                (high, b, errorB) = (b, a, errorA);
                a = high - (Golden * (high - low));
                errorA = error(Math.Exp(a));
            }
            else
            {
                (low, a, errorA) = (a, b, errorB);
                b = low + (Golden * (high - low));
                errorB = error(Math.Exp(b));
            }
        }

        return errorA <= errorB ? (Math.Exp(a), errorA) : (Math.Exp(b), errorB);
    }

    // Between a decay that fits worse than the limit and the best one.
    private static double Edge(Func<double, double> error, double outside, double inside, double limit)
    {
        for (var i = 0; i < Refinements && Math.Abs(outside - inside) > 1e-5 * inside; i++)
        {
            var middle = (outside + inside) / 2;
            (outside, inside) = error(middle) > limit ? (middle, inside) : (outside, middle);
        }

        return inside;
    }
}
