using System.Runtime.CompilerServices;
using PythiaOrleans.Numerics.Lanes;

namespace PythiaOrleans.Numerics.Distributions;

/// <summary>
/// The distribution function of a distribution symmetric about 0: exact values at knots, between them cubics with the density as slope.
/// </summary>
/// <remarks>
/// Knots are equal steps of u = z / (2 + |z|): dense in the bulk, sparse in the tails. The error is below 1e-7 for 257 knots and below
/// 1e-11 for 4097; beyond the outermost knots the function itself is asked.
/// </remarks>
internal sealed class CumulativeTable
{
    private const double Bend = 2;

    private readonly Func<double, double> _cumulative;
    private readonly double[] _values;
    private readonly double[] _slopes; // of the values, for each knot
    private readonly double _perKnot;

    /// <summary>Asks the function at half of the knots; the other half is its mirror image.</summary>
    /// <param name="cumulative">The distribution function.</param>
    /// <param name="density">The density.</param>
    /// <param name="knots">An odd number.</param>
    public CumulativeTable(Func<double, double> cumulative, Func<double, double> density, int knots)
    {
        _cumulative = cumulative;
        _values = new double[knots];
        _slopes = new double[knots];
        _perKnot = 2.0 / (knots - 1);
        _values[knots - 1] = 1;
        for (int i = 1, mirror = knots - 2; i <= mirror; i++, mirror--)
        {
            var u = -1 + (i * _perKnot);
            var z = Bend * u / (1 - Math.Abs(u));
            _values[i] = cumulative(z);
            _values[mirror] = 1 - _values[i];
            _slopes[i] = _slopes[mirror] = density(z) * Bend / ((1 - Math.Abs(u)) * (1 - Math.Abs(u))) * _perKnot;
        }
    }

    /// <summary>The distribution function at z.</summary>
    [MethodImpl(Jit.FullyOptimized)]
    public double At(double z)
    {
        var place = ((z / (Bend + Math.Abs(z))) + 1) / _perKnot;
        var knot = (int)place;
        return knot < 1 || knot > _values.Length - 3 ? _cumulative(z) : Cubic(knot, place - knot);
    }

    /// <summary>
    /// The z whose probability is p, which must lie between the second and the last but one knot's; else null, and where the function is
    /// so flat that two knots have one value.
    /// </summary>
    public double? Invert(double p)
    {
        var found = Array.BinarySearch(_values, p);
        var knot = found >= 0 ? found : ~found - 1;
        if (knot < 1 || knot > _values.Length - 3 || _values[knot] == _values[knot + 1])
        {
            return null;
        }

        // Newton within the cell, from the straight line through its ends.
        var t = (p - _values[knot]) / (_values[knot + 1] - _values[knot]);
        for (var step = 0; step < 6; step++)
        {
            const double width = 1e-5;
            var slope = (Cubic(knot, t + width) - Cubic(knot, t - width)) / (2 * width);
            t = Math.Clamp(t - ((Cubic(knot, t) - p) / slope), 0, 1);
        }

        var u = -1 + ((knot + t) * _perKnot);
        return Bend * u / (1 - Math.Abs(u));
    }

    [MethodImpl(Jit.FullyOptimized)]
    private double Cubic(int knot, double t)
    {
        var (a, b, da, db) = (_values[knot], _values[knot + 1], _slopes[knot], _slopes[knot + 1]);
        var s = 1 - t;
        return (s * s * ((1 + (2 * t)) * a)) + (s * s * t * da) + (t * t * (3 - (2 * t)) * b) - (t * t * s * db);
    }
}
