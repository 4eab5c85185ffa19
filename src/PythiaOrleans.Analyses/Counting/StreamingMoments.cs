using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using PythiaOrleans.Numerics.Distributions;
using PythiaOrleans.Numerics.Lanes;

namespace PythiaOrleans.Analyses.Counting;

/// <summary>
/// A running summary of float32 values, of one size however many there are: exact extremes and power sums, and counts by leading bits.
/// </summary>
/// <remarks>
/// Values are counted by sign, exponent and the first 9 bits of the mantissa. What comes from the counts (quantiles, histograms, fits)
/// therefore moves each value by at most 2^-10 of itself; everything else is float64 over the values.
/// </remarks>
/// <param name="counts">Where values are counted; other tallies may count there too, one after the other.</param>
internal sealed class StreamingMoments(FloatHistogram counts)
{
    // Values that are looked at twice while they are in the first cache: once for sums, once for counts.
    private const int Block = 4096;

    private double _sum;
    private double _squares;
    private double _cubes;
    private double _fourths;
    private double _min = double.PositiveInfinity;
    private double _max = double.NegativeInfinity;
    private long _finite;
    private long _nonFinite;
    private long _zeros;

    /// <summary>NaN and infinities, in none of the other numbers.</summary>
    public long NonFinite => _nonFinite;

    /// <summary>Where values are counted.</summary>
    public FloatHistogram Counts => counts;

    /// <summary>Adds values.</summary>
    public void Add(ReadOnlySpan<float> values)
    {
        for (var start = 0; start < values.Length; start += Block)
        {
            var block = values.Slice(start, Math.Min(Block, values.Length - start));
            var whole = block.Length / Vector256<float>.Count * Vector256<float>.Count;
            if (TryAddVectors(block[..whole]))
            {
                counts.Add(block[..whole]);
                AddOneByOne(block[whole..]);
            }
            else
            {
                AddOneByOne(block);
            }
        }
    }

    /// <summary>Adds what another one has seen, but for its counts.</summary>
    public void AddSums(StreamingMoments other)
    {
        _sum += other._sum;
        _squares += other._squares;
        _cubes += other._cubes;
        _fourths += other._fourths;
        _min = Math.Min(_min, other._min);
        _max = Math.Max(_max, other._max);
        _finite += other._finite;
        _nonFinite += other._nonFinite;
        _zeros += other._zeros;
    }

    /// <summary>The moments, exact but for rounding in float64.</summary>
    public Moments Moments()
    {
        if (_finite == 0)
        {
            return new Moments(0, double.NaN, double.NaN, double.NaN, double.NaN, 0, double.NaN, double.NaN, 0);
        }

        double n = _finite;
        var mean = _sum / n;
        var variance = _min == _max ? 0 : Math.Max(0, (_squares / n) - (mean * mean));
        var third = (_cubes / n) - (3 * mean * _squares / n) + (2 * mean * mean * mean);
        var fourth = (_fourths / n) - (4 * mean * _cubes / n) + (6 * mean * mean * _squares / n) - (3 * mean * mean * mean * mean);
        return new Moments(
            _finite, _min, _max, mean, variance, _squares,
            variance > 0
                ? third / Math.Pow(variance, 1.5)
                : double.NaN, variance > 0 ? (fourth / (variance * variance)) - 3 : double.NaN, _zeros);
    }

    /// <summary>The counted distribution: each value stands in the middle of its pattern's range, the extremes where they are.</summary>
    public ExactDistribution Distribution() => counts.Distribution(_min, _max, _nonFinite);

    // Power sums and extremes of whole vectors; false, and nothing added, where a value is not finite.
    [MethodImpl(Jit.FullyOptimized)]
    private bool TryAddVectors(ReadOnlySpan<float> values)
    {
        var vectors = MemoryMarshal.Cast<float, Vector256<float>>(values);
        Vector256<double> sum = default, squares = default, cubes = default, fourths = default;
        Vector256<float> min = Vector256.Create(float.PositiveInfinity), max = Vector256.Create(float.NegativeInfinity), nothing = default;
        Vector256<int> zeros = default;
        foreach (var vector in vectors)
        {
            nothing += vector * Vector256<float>.Zero; // NaN as soon as one is not finite
            min = Vector256.Min(min, vector);
            max = Vector256.Max(max, vector);
            zeros -= Vector256.Equals(vector, Vector256<float>.Zero).AsInt32();
            var (low, high) = Vector256.Widen(vector);
            var (lowSquares, highSquares) = (low * low, high * high);
            sum += low + high;
            squares += lowSquares + highSquares;
            cubes += (lowSquares * low) + (highSquares * high);
            fourths += (lowSquares * lowSquares) + (highSquares * highSquares);
        }

        if (!Vector256.EqualsAll(nothing, Vector256<float>.Zero))
        {
            return false;
        }

        _sum += Lane.Sum(sum);
        _squares += Lane.Sum(squares);
        _cubes += Lane.Sum(cubes);
        _fourths += Lane.Sum(fourths);
        _finite += values.Length;
        _zeros += Vector256.Sum(zeros);
        for (var lane = 0; lane < Vector256<float>.Count && values.Length > 0; lane++)
        {
            _min = Math.Min(_min, min[lane]);
            _max = Math.Max(_max, max[lane]);
        }

        return true;
    }

    private void AddOneByOne(ReadOnlySpan<float> values)
    {
        foreach (var value in values)
        {
            if (!float.IsFinite(value))
            {
                _nonFinite++;
                continue;
            }

            var wide = (double)value;
            var square = wide * wide;
            _sum += wide;
            _squares += square;
            _cubes += square * wide;
            _fourths += square * square;
            _min = Math.Min(_min, wide);
            _max = Math.Max(_max, wide);
            _finite++;
            _zeros += value == 0 ? 1 : 0;
            counts.Add(value);
        }
    }
}
