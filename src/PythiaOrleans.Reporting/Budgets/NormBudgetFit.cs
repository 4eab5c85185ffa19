using PythiaOrleans.Numerics.Regression;

namespace PythiaOrleans.Reporting.Budgets;

/// <summary>The norm budget fitted to a curve of norms by non-negative least squares, in relative error of the squared norm.</summary>
/// <param name="Start">The first checkpoint that was fitted; the curve starts there.</param>
/// <param name="Injection">a: the growth by updates that are orthogonal to the weights.</param>
/// <param name="Alignment">b: the growth by updates along the weights.</param>
/// <param name="Norms">The fitted norms from <paramref name="Start"/> to the basis's last checkpoint, beyond what was fitted too.</param>
internal sealed record NormBudgetFit(int Start, double Injection, double Alignment, double[] Norms)
{
    private const double SmallestShare = 1e-6;

    /// <summary>Fits norms[start..seen].</summary>
    /// <param name="basis">The terms at every checkpoint; may have more of them than there are norms.</param>
    /// <param name="norms">Positive norms.</param>
    /// <param name="start">The first checkpoint to fit.</param>
    /// <param name="seen">The checkpoint before which fitting ends.</param>
    /// <param name="aligned">Whether there is an alignment term.</param>
    public static NormBudgetFit Fit(NormBasis basis, double[] norms, int start, int seen, bool aligned)
    {
        var left = Array.ConvertAll(basis.Left[start..], value => value / basis.Left[start]);
        double[] From(double[] term) => [.. term[start..].Select((value, i) => value - (term[start] * left[i]))];
        double[][] terms = aligned ? [left, From(basis.Injected), From(basis.Aligned)] : [left, From(basis.Injected)];

        // A norm of 0, as biases have it at first, has no relative error: it counts as a very small one.
        var floor = SmallestShare * norms[start..seen].Max(norm => norm * norm);
        double[] weights = [.. norms[start..seen].Select(norm => 1 / Math.Max(norm * norm, floor))];
        var found = NonNegativeLeastSquares.Solve(
            [.. terms.Select(term => weights.Select((weight, i) => weight * term[i]).ToArray())],
            [.. weights.Select((weight, i) => weight * norms[start + i] * norms[start + i])]);
        return new NormBudgetFit(
            start, found[1], aligned ? found[2] : 0,
            [.. left.Select((_, i) => Math.Sqrt(Math.Max(0, terms.Select((term, j) => found[j] * term[i]).Sum())))]);
    }

    /// <summary>The root mean square of the relative differences from the norms that were fitted.</summary>
    public double RelativeError(double[] norms)
    {
        double sum = 0;
        var count = Math.Min(Norms.Length, norms.Length - Start);
        for (var i = 0; i < count; i++)
        {
            var error = (Norms[i] / norms[Start + i]) - 1;
            sum += error * error;
        }

        return Math.Sqrt(sum / count);
    }
}
