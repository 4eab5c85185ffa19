using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using PythiaOrleans.Numerics.Lanes;

namespace PythiaOrleans.Analyses.Models;

/// <summary>
/// log Σ exp(x) of many rows whose numbers come piece by piece: each row keeps its largest number and the sum relative to it.
/// </summary>
/// <param name="rows">How many rows.</param>
internal sealed class LogSums(int rows)
{
    private readonly float[] _largest = Filled(rows);
    private readonly double[] _sums = new double[rows];

    /// <summary>Σ exp(x − largest) of a part of one row.</summary>
    internal delegate double PartSum(int row, ReadOnlySpan<float> values, float largest);

    /// <summary>Adds the next columns.</summary>
    /// <param name="piece">[rows, columns], row after row.</param>
    /// <param name="sum">Sums a part where something else is summed with it, with the bits of <see cref="SumOfPowers"/>.</param>
    public void Add(ReadOnlySpan<float> piece, PartSum? sum = null)
    {
        var columns = piece.Length / rows;
        for (var row = 0; row < rows; row++)
        {
            Add(row, piece.Slice(row * columns, columns), sum);
        }
    }

    /// <summary>The largest number of a row so far; minus infinity of none.</summary>
    public float LargestOf(int row) => _largest[row];

    /// <summary>Σ exp(x − largest) of a row.</summary>
    /// <param name="row">Which.</param>
    /// <param name="largest">At least as large as the row's own.</param>
    public double PowersOf(int row, float largest) => _sums[row] * Math.Exp((double)_largest[row] - largest);

    /// <summary>log Σ exp(x) of one row.</summary>
    public double this[int row] => _largest[row] + Math.Log(_sums[row]);

    /// <summary>The sum over rows of log Σ exp(x).</summary>
    public double Sum()
    {
        double sum = 0;
        for (var row = 0; row < rows; row++)
        {
            sum += this[row];
        }

        return sum;
    }

    private void Add(int row, ReadOnlySpan<float> values, PartSum? sum)
    {
        var largest = Math.Max(_largest[row], Largest(values));
        if (largest > _largest[row])
        {
            _sums[row] *= Math.Exp((double)_largest[row] - largest);
            _largest[row] = largest;
        }

        _sums[row] += sum is null ? SumOfPowers(values, largest) : sum(row, values, largest);
    }

    /// <summary>The largest of some numbers; minus infinity of none.</summary>
    [MethodImpl(Jit.FullyOptimized)]
    internal static float Largest(ReadOnlySpan<float> values)
    {
        var vectors = MemoryMarshal.Cast<float, Vector256<float>>(values);
        var most = Vector256.Create(float.NegativeInfinity);
        foreach (var vector in vectors)
        {
            most = Vector256.Max(most, vector);
        }

        var largest = float.NegativeInfinity;
        for (var lane = 0; lane < Vector256<float>.Count; lane++)
        {
            largest = Math.Max(largest, most[lane]);
        }

        foreach (var value in values[(vectors.Length * Vector256<float>.Count)..])
        {
            largest = Math.Max(largest, value);
        }

        return largest;
    }

    /// <summary>
    /// Σ exp(x − largest): each power is a float32 of at most 1; the hundreds or thousands of a piece are summed in eight lanes.
    /// </summary>
    [MethodImpl(Jit.FullyOptimized)]
    internal static double SumOfPowers(ReadOnlySpan<float> values, float largest)
    {
        var vectors = MemoryMarshal.Cast<float, Vector256<float>>(values);
        var shift = Vector256.Create(largest);
        Vector256<float> powers = default;
        foreach (var vector in vectors)
        {
            powers += Lane.Exp(vector - shift);
        }

        var sum = Lane.Sum(powers);
        foreach (var value in values[(vectors.Length * Vector256<float>.Count)..])
        {
            sum += Math.Exp((double)value - largest);
        }

        return sum;
    }

    private static float[] Filled(int rows)
    {
        var values = new float[rows];
        Array.Fill(values, float.NegativeInfinity);
        return values;
    }
}
