using MathNet.Numerics.LinearAlgebra;
using MathNet.Numerics.LinearAlgebra.Factorization;

namespace PythiaOrleans.Numerics.Regression;

/// <summary>Least squares whose coefficients may not be negative, for a handful of terms.</summary>
/// <remarks>
/// The minimum is an ordinary least-squares solution on the terms that are not zero in it (Lawson and Hanson 1974, Kuhn-Tucker
/// conditions). With few terms all choices of terms are tried: the best solution without a negative coefficient is the answer.
/// </remarks>
public static class NonNegativeLeastSquares
{
    private const int MaxTerms = 6;

    /// <summary>The coefficients that minimise Σ (Σ_j x_j column_j − target)² with every x_j at least 0.</summary>
    /// <param name="columns">One to six terms, each with a value for each row.</param>
    /// <param name="target">The values, as many as each term has.</param>
    /// <exception cref="ArgumentException">No term, too many, or lengths that differ.</exception>
    public static double[] Solve(IReadOnlyList<double[]> columns, double[] target)
    {
        ArgumentNullException.ThrowIfNull(columns);
        ArgumentNullException.ThrowIfNull(target);
        if (columns.Count is 0 or > MaxTerms || columns.Any(column => column.Length != target.Length))
        {
            throw new ArgumentException(
                $"Expected 1 to {MaxTerms} terms of {target.Length} rows, found {columns.Count} of "
                    + $"{string.Join(", ", columns.Select(column => column.Length))}.",
                nameof(columns));
        }

        // Terms of very different size would be told apart by rounding alone.
        double[] scales = [.. columns.Select(column => column.Max(Math.Abs))];
        int[] used = [.. Enumerable.Range(0, columns.Count).Where(j => scales[j] > 0 && double.IsFinite(scales[j]))];
        double[][] scaled = [.. used.Select(j => Array.ConvertAll(columns[j], value => value / scales[j]))];
        var best = (Error: target.Sum(value => value * value), Terms: Array.Empty<int>(), Values: Array.Empty<double>());
        for (var choice = (1 << used.Length) - 1; choice > 0; choice--)
        {
            int[] terms = [.. Enumerable.Range(0, used.Length).Where(j => (choice >> j & 1) != 0)];
            if (terms.Length > target.Length)
            {
                continue;
            }

            var values = Unconstrained([.. terms.Select(j => scaled[j])], target);
            if (values.Any(value => !(value >= 0)))
            {
                continue;
            }

            var error = Error(scaled, terms, values, target);
            best = error < best.Error ? (error, terms, values) : best;
            if (terms.Length == used.Length)
            {
                break; // nothing with fewer terms can be better
            }
        }

        var found = new double[columns.Count];
        for (var i = 0; i < best.Terms.Length; i++)
        {
            found[used[best.Terms[i]]] = best.Values[i] / scales[used[best.Terms[i]]];
        }

        return found;
    }

    private static double[] Unconstrained(double[][] columns, double[] target) =>
        [.. Matrix<double>.Build.DenseOfColumnArrays(columns).QR(QRMethod.Thin).Solve(Vector<double>.Build.Dense(target))];

    private static double Error(double[][] columns, int[] terms, double[] values, double[] target)
    {
        double sum = 0;
        for (var row = 0; row < target.Length; row++)
        {
            var rest = -target[row];
            for (var i = 0; i < terms.Length; i++)
            {
                rest += values[i] * columns[terms[i]][row];
            }

            sum += rest * rest;
        }

        return sum;
    }
}
