using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using PythiaOrleans.Numerics.Lanes;

namespace PythiaOrleans.Numerics.Distributions;

/// <summary>
/// Standardised values with their counts, padded to whole vectors, so that likelihoods are a few vector operations a value.
/// </summary>
internal sealed class WeightedSample
{
    private const double GaussianQuartiles = 1.349; // how many deviations lie between them

    private readonly double[] _values;
    private readonly double[] _counts;

    private WeightedSample(double[] values, double[] counts, int length, double total)
    {
        _values = values;
        _counts = counts;
        Length = length;
        Total = total;
    }

    /// <summary>Distinct values.</summary>
    public int Length { get; }

    /// <summary>Values in all.</summary>
    public double Total { get; }

    /// <summary>The values, ascending.</summary>
    public ReadOnlySpan<double> Values => _values.AsSpan(0, Length);

    /// <summary>The counts.</summary>
    public ReadOnlySpan<double> Counts => _counts.AsSpan(0, Length);

    /// <summary>How often the most frequent value occurs.</summary>
    public double LargestCount => _counts.Max();

    private ReadOnlySpan<Vector256<double>> ValueVectors => MemoryMarshal.Cast<double, Vector256<double>>(_values);

    private ReadOnlySpan<Vector256<double>> CountVectors => MemoryMarshal.Cast<double, Vector256<double>>(_counts);

    /// <summary>(w − median) / unit with its counts; the unit is the deviation of a Gaussian with the same quartiles.</summary>
    /// <remarks>In units of the standard deviation a few values far outside would shrink all others to a point.</remarks>
    /// <param name="distribution">w.</param>
    /// <param name="deviation">Above 0; the unit where both quartiles are equal.</param>
    public static (WeightedSample Sample, double Median, double Unit) InUnitsOfItsBulk(ExactDistribution distribution, double deviation)
    {
        var quartiles = Quantiles.Compute(distribution, [0.25, 0.5, 0.75]);
        var between = quartiles[2] - quartiles[0];
        var unit = between > 0 ? between / GaussianQuartiles : deviation;
        return (Standardise(distribution, quartiles[1], unit), quartiles[1], unit);
    }

    /// <summary>(w − centre) / unit with its counts.</summary>
    [MethodImpl(Jit.FullyOptimized)]
    public static WeightedSample Standardise(ExactDistribution distribution, double centre, double unit)
    {
        var sample = Allocate(distribution.Values.Length, distribution.Count);
        for (var i = 0; i < sample.Length; i++)
        {
            sample._values[i] = (distribution.Values[i] - centre) / unit;
            sample._counts[i] = distribution.Counts[i];
        }

        return sample;
    }

    /// <summary>
    /// At most <paramref name="cells"/> points, each the mean of a cell, the cells equal in z / (2 + |z|): fine in the bulk, and fine
    /// relative to z in the tails. Good enough to find an optimum's neighbourhood; never for the number that is reported.
    /// </summary>
    [MethodImpl(Jit.FullyOptimized)]
    public WeightedSample Coarsen(int cells)
    {
        if (Length <= cells)
        {
            return this;
        }

        var low = Bent(_values[0]);
        var scale = cells / (Bent(_values[Length - 1]) - low);
        var (sums, counts) = (new double[cells], new double[cells]);
        for (var i = 0; i < Length; i++)
        {
            var cell = Math.Min((int)((Bent(_values[i]) - low) * scale), cells - 1);
            sums[cell] += _counts[i] * _values[i];
            counts[cell] += _counts[i];
        }

        var used = counts.Count(count => count > 0);
        var coarse = Allocate(used, Total);
        for (int cell = 0, at = 0; cell < cells; cell++)
        {
            if (counts[cell] > 0)
            {
                coarse._values[at] = sums[cell] / counts[cell];
                coarse._counts[at++] = counts[cell];
            }
        }

        return coarse;

        static double Bent(double z) => z / (2 + Math.Abs(z));
    }

    /// <summary>
    /// Σ n t, Σ n z t, Σ n q, Σ n z q, Σ n z² q with t = tanh(z/2), q = (1 − t²)/2, z = (x − location)/scale: what Newton's method on the
    /// logistic distribution needs.
    /// </summary>
    [MethodImpl(Jit.FullyOptimized)]
    public (double T, double Zt, double Q, double Zq, double Zzq) LogisticSums(double location, double scale)
    {
        var values = ValueVectors;
        var counts = CountVectors;
        var (mu, inverse) = (Vector256.Create(location), Vector256.Create(1 / scale));
        Vector256<double> t = default, zt = default, q = default, zq = default, zzq = default;
        for (var i = 0; i < values.Length; i++)
        {
            var z = (values[i] - mu) * inverse;
            var decay = Lane.Exp(-Vector256.Abs(z)); // never overflows
            var tanh = Vector256.ConditionalSelect(
                Vector256.LessThan(z, Vector256<double>.Zero), decay - Vector256<double>.One,
                Vector256<double>.One - decay) / (Vector256<double>.One + decay);
            var slope = counts[i] * (Vector256<double>.One - (tanh * tanh)) * Vector256.Create(0.5);
            var weighted = counts[i] * tanh;
            t += weighted;
            zt += z * weighted;
            q += slope;
            zq += z * slope;
            zzq += z * z * slope;
        }

        return (Lane.Sum(t), Lane.Sum(zt), Lane.Sum(q), Lane.Sum(zq), Lane.Sum(zzq));
    }

    /// <summary>Mean of |z| + 2 log(1 + exp(−|z|)), z = (x − location)/scale: minus the logistic log-density, without log scale.</summary>
    [MethodImpl(Jit.FullyOptimized)]
    public double LogisticEnergy(double location, double scale)
    {
        var values = ValueVectors;
        var counts = CountVectors;
        var (mu, inverse, two) = (Vector256.Create(location), Vector256.Create(1 / scale), Vector256.Create(2.0));
        Vector256<double> sum = default;
        for (var i = 0; i < values.Length; i++)
        {
            var z = Vector256.Abs((values[i] - mu) * inverse);
            sum += counts[i] * (z + (two * Lane.Log(Vector256<double>.One + Lane.Exp(-z))));
        }

        return Lane.Sum(sum) / Total;
    }

    /// <summary>
    /// One EM step of Student's t with fixed degrees of freedom ν: weights (ν + 1)/(ν + z²) (Lange, Little and Taylor 1989).
    /// </summary>
    [MethodImpl(Jit.FullyOptimized)]
    public (double Location, double Scale) StudentStep(double location, double scale, double freedom)
    {
        var values = ValueVectors;
        var counts = CountVectors;
        var (mu, inverse, nu) = (Vector256.Create(location), Vector256.Create(1 / scale), Vector256.Create(freedom));
        Vector256<double> w = default, wx = default, wxx = default;
        for (var i = 0; i < values.Length; i++)
        {
            var z = (values[i] - mu) * inverse;
            var weight = counts[i] / (nu + (z * z));
            w += weight;
            wx += weight * values[i];
            wxx += weight * values[i] * values[i];
        }

        var (sw, swx, swxx) = (Lane.Sum(w), Lane.Sum(wx), Lane.Sum(wxx));
        var next = swx / sw;
        return (next, Math.Sqrt(Math.Max((freedom + 1) * (swxx - (swx * next)) / Total, double.Epsilon)));
    }

    /// <summary>
    /// Means of z/(ν + z²), z²/(ν + z²) and log(1 + z²/ν), z = (x − location)/scale: scores and likelihood of Student's t.
    /// </summary>
    [MethodImpl(Jit.FullyOptimized)]
    public (double Z, double Zz, double Energy) StudentSums(double location, double scale, double freedom)
    {
        var values = ValueVectors;
        var counts = CountVectors;
        var (mu, inverse, nu, perNu) = (Vector256.Create(location), Vector256.Create(1 / scale), Vector256.Create(freedom),
            Vector256.Create(1 / freedom));
        Vector256<double> first = default, second = default, energy = default;
        for (var i = 0; i < values.Length; i++)
        {
            var z = (values[i] - mu) * inverse;
            var square = z * z;
            var weight = counts[i] / (nu + square);
            first += weight * z;
            second += weight * square;
            energy += counts[i] * Lane.Log(Vector256<double>.One + (square * perNu));
        }

        return (Lane.Sum(first) / Total, Lane.Sum(second) / Total, Lane.Sum(energy) / Total);
    }

    /// <summary>Means of powers of x − location: likelihood, scores and curvatures of the generalised normal.</summary>
    [MethodImpl(Jit.FullyOptimized)]
    public PowerMeans PowerMeans(double location, double p)
    {
        var values = ValueVectors;
        var counts = CountVectors;
        var (mu, exponent, tiny) = (Vector256.Create(location), Vector256.Create(p), Vector256.Create(1e-300));
        Vector256<double> power = default, first = default, second = default, odd = default, oddLog = default, even = default;
        for (var i = 0; i < values.Length; i++)
        {
            var d = values[i] - mu;
            var distance = Vector256.Max(Vector256.Abs(d), tiny); // 0 has no logarithm, and no share in any sum
            var log = Lane.Log(distance);
            var raised = counts[i] * Lane.Exp(exponent * log);
            power += raised;
            first += raised * log;
            second += raised * log * log;
            var inverse = Vector256<double>.One / distance;
            var lower = raised * inverse;
            var signed = Vector256.ConditionalSelect(Vector256.Equals(d, Vector256<double>.Zero), d, Vector256.CopySign(lower, d));
            odd += signed;
            oddLog += signed * log;
            even += lower * inverse;
        }

        return new PowerMeans(
            Lane.Sum(power) / Total, Lane.Sum(first) / Total, Lane.Sum(second) / Total, Lane.Sum(odd) / Total, Lane.Sum(oddLog) / Total,
            Lane.Sum(even) / Total);
    }

    /// <summary>Mean of |x − location|.</summary>
    [MethodImpl(Jit.FullyOptimized)]
    public double MeanAbsolute(double location)
    {
        var values = ValueVectors;
        var counts = CountVectors;
        var mu = Vector256.Create(location);
        Vector256<double> sum = default;
        for (var i = 0; i < values.Length; i++)
        {
            sum += counts[i] * Vector256.Abs(values[i] - mu);
        }

        return Lane.Sum(sum) / Total;
    }

    /// <summary>The Kolmogorov-Smirnov distance: the largest difference between a distribution function and the sample's steps.</summary>
    /// <remarks>Both rise, so that the ends of a stretch bound all gaps within it: most stretches need no look inside.</remarks>
    [MethodImpl(Jit.FullyOptimized)]
    public double KolmogorovSmirnov(Func<double, double> cumulative)
    {
        const int stretch = 8;
        var each = 1 / Total;
        double below = 0, distance = 0;
        for (var start = 0; start < Length; start += stretch)
        {
            var end = Math.Min(start + stretch, Length);
            double inside = 0;
            for (var i = start; i < end; i++)
            {
                inside += _counts[i];
            }

            var most = Math.Max(cumulative(_values[end - 1]) - (below * each), ((below + inside) * each) - cumulative(_values[start]));
            for (var i = start; i < end && most > distance; i++)
            {
                var (expected, through) = (cumulative(_values[i]), below + _counts[i]);
                distance = Math.Max(distance, Math.Max(expected - (below * each), (through * each) - expected));
                below = through;
                inside -= _counts[i];
            }

            below += inside;
        }

        return distance;
    }

    // The padding has count 0 and value 0, so that it adds nothing to any sum.
    private static WeightedSample Allocate(int length, double total)
    {
        var padded = (length + Lane.Count - 1) / Lane.Count * Lane.Count;
        return new WeightedSample(new double[padded], new double[padded], length, total);
    }
}
