using System.Runtime.CompilerServices;
using PythiaOrleans.Numerics.Lanes;

namespace PythiaOrleans.Analyses.SvdDirections;

/// <summary>The sum of vectors after each was scaled to length 1, and what it says of the angles between them.</summary>
/// <param name="width">Numbers of a vector.</param>
internal sealed class UnitSum(int width)
{
    private readonly double[] _sum = new double[width];
    private long _count;

    /// <summary>The mean cosine over all pairs, (‖Σ‖² − n) / (n (n − 1)); NaN for fewer than two vectors.</summary>
    public double MeanCosine => _count < 2 ? double.NaN : (Dot(_sum) - _count) / (_count * (_count - 1.0));

    /// <summary>Adds vectors; those that are zero or not finite are left out.</summary>
    /// <param name="rows">One after the other.</param>
    [MethodImpl(Jit.FullyOptimized)]
    public void Add(ReadOnlySpan<float> rows)
    {
        for (; rows.Length >= _sum.Length; rows = rows[_sum.Length..])
        {
            double squares = 0;
            for (var i = 0; i < _sum.Length; i++)
            {
                squares += (double)rows[i] * rows[i];
            }

            if (squares > 0 && double.IsFinite(squares))
            {
                var scale = 1 / Math.Sqrt(squares);
                for (var i = 0; i < _sum.Length; i++)
                {
                    _sum[i] += scale * rows[i];
                }

                _count++;
            }
        }
    }

    private static double Dot(double[] vector)
    {
        double squares = 0;
        foreach (var value in vector)
        {
            squares += value * value;
        }

        return squares;
    }
}
