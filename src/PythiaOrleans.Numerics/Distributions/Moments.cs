using System.Runtime.CompilerServices;
using PythiaOrleans.Numerics.Lanes;
using PythiaOrleans.Numerics.Summation;

namespace PythiaOrleans.Numerics.Distributions;

/// <summary>Moments of an exact distribution, in float64 with compensated sums.</summary>
/// <param name="Count">Finite values.</param>
/// <param name="Min">The smallest; NaN where there is none.</param>
/// <param name="Max">The largest; NaN where there is none.</param>
/// <param name="Mean">Σ w / n.</param>
/// <param name="Variance">Σ (w − mean)² / n, the population's.</param>
/// <param name="SumOfSquares">Σ w².</param>
/// <param name="Skewness">Σ (w − mean)³ / (n σ³); NaN where σ is 0.</param>
/// <param name="ExcessKurtosis">Σ (w − mean)⁴ / (n σ⁴) − 3; NaN where σ is 0. Gaussian 0, logistic 1.2, Laplace 3.</param>
/// <param name="Zeros">Values that are exactly 0.</param>
public sealed record Moments(
    long Count,
    double Min,
    double Max,
    double Mean,
    double Variance,
    double SumOfSquares,
    double Skewness,
    double ExcessKurtosis,
    long Zeros)
{
    /// <summary>σ, the population's.</summary>
    public double Deviation => Math.Sqrt(Variance);

    /// <summary>max |w|.</summary>
    public double MaxAbs => Math.Max(Math.Abs(Min), Math.Abs(Max));

    /// <summary>Computes them in two passes over the distinct values.</summary>
    [MethodImpl(Jit.FullyOptimized)]
    public static Moments Compute(ExactDistribution distribution)
    {
        ArgumentNullException.ThrowIfNull(distribution);
        var (values, counts, n) = (distribution.Values, distribution.Counts, distribution.Count);
        if (n == 0)
        {
            return new Moments(0, double.NaN, double.NaN, double.NaN, double.NaN, 0, double.NaN, double.NaN, 0);
        }

        var sum = default(CompensatedSum);
        var squares = default(CompensatedSum);
        long zeros = 0;
        for (var i = 0; i < values.Length; i++)
        {
            sum.Add(counts[i] * values[i]);
            squares.Add(counts[i] * values[i] * values[i]);
            zeros += values[i] == 0 ? counts[i] : 0;
        }

        var mean = sum.Value / n;
        var (second, third, fourth) = (default(CompensatedSum), default(CompensatedSum), default(CompensatedSum));
        for (var i = 0; i < values.Length; i++)
        {
            var deviation = values[i] - mean;
            var square = deviation * deviation;
            second.Add(counts[i] * square);
            third.Add(counts[i] * square * deviation);
            fourth.Add(counts[i] * square * square);
        }

        // One distinct value has no spread, whatever rounding of the mean says.
        var variance = values.Length == 1 ? 0 : second.Value / n;
        return new Moments(
            n,
            values[0],
            values[^1],
            values.Length == 1 ? values[0] : mean,
            variance,
            squares.Value,
            variance > 0 ? third.Value / n / Math.Pow(variance, 1.5) : double.NaN,
            variance > 0 ? (fourth.Value / n / (variance * variance)) - 3 : double.NaN,
            zeros);
    }
}
