using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
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
    public void Add(ReadOnlySpan<float> rows)
    {
        for (; rows.Length >= _sum.Length; rows = rows[_sum.Length..])
        {
            var row = rows[.._sum.Length];
            var squares = SquaredNorm(row);
            if (squares > 0 && double.IsFinite(squares))
            {
                AddScaled(row, 1 / Math.Sqrt(squares));
                _count++;
            }
        }
    }

    /// <summary>Adds what another one has summed.</summary>
    public void Add(UnitSum other)
    {
        for (var i = 0; i < _sum.Length; i++)
        {
            _sum[i] += other._sum[i];
        }

        _count += other._count;
    }

    /// <summary>The sum of squares, over eight lanes, so that it has the same bits on every processor.</summary>
    [MethodImpl(Jit.FullyOptimized)]
    public static double SquaredNorm(ReadOnlySpan<float> row)
    {
        Vector256<double> even = default, odd = default;
        var at = 0;
        for (; at + Vector256<float>.Count <= row.Length; at += Vector256<float>.Count)
        {
            var (lower, upper) = Vector256.Widen(Vector256.Create(row[at..]));
            even += lower * lower;
            odd += upper * upper;
        }

        var sum = Lane.Sum(even + odd);
        for (; at < row.Length; at++)
        {
            sum += (double)row[at] * row[at];
        }

        return sum;
    }

    [MethodImpl(Jit.FullyOptimized)]
    private void AddScaled(ReadOnlySpan<float> row, double scale)
    {
        var sums = _sum.AsSpan();
        var scales = Vector256.Create(scale);
        var at = 0;
        for (; at + Vector256<float>.Count <= row.Length; at += Vector256<float>.Count)
        {
            var (lower, upper) = Vector256.Widen(Vector256.Create(row[at..]));
            (Vector256.Create<double>(sums[at..]) + (scales * lower)).CopyTo(sums[at..]);
            (Vector256.Create<double>(sums[(at + Lane.Count)..]) + (scales * upper)).CopyTo(sums[(at + Lane.Count)..]);
        }

        for (; at < row.Length; at++)
        {
            sums[at] += scale * row[at];
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
