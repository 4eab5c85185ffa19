using System.Buffers;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace PythiaOrleans.Analyses;

/// <summary>A running summary of float32 values, of one size however many there are: exact extremes and power sums, and counts by leading bits.</summary>
/// <remarks>
/// Values are counted by sign, exponent and the first 9 bits of the mantissa. What comes from the counts (quantiles, histograms, fits) therefore moves each value
/// by at most 2^-10 of itself; everything else is float64 over the values.
/// </remarks>
internal sealed class FloatTally : IDisposable
{
    private const int DroppedBits = 14;
    private const int Patterns = 1 << (32 - DroppedBits);

    // Values that are looked at twice while they are in the first cache: once for sums, once for counts.
    private const int Block = 4096;

    // A megabyte each: new ones for every place of every checkpoint would keep the garbage collector busy.
    private uint[] _counts = Rent();
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

    /// <summary>Adds values.</summary>
    public void Add(ReadOnlySpan<float> values)
    {
        for (var start = 0; start < values.Length; start += Block)
        {
            var block = values.Slice(start, Math.Min(Block, values.Length - start));
            var whole = block.Length / Vector<float>.Count * Vector<float>.Count;
            if (TryAddVectors(block[..whole]))
            {
                Count(block[..whole]);
                AddOneByOne(block[whole..]);
            }
            else
            {
                AddOneByOne(block);
            }
        }
    }

    /// <summary>Adds what another one has seen.</summary>
    public void Add(FloatTally other)
    {
        PatternCounter.AddTo(_counts.AsSpan(0, Patterns), other._counts.AsSpan(0, Patterns));
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
            variance > 0 ? third / Math.Pow(variance, 1.5) : double.NaN, variance > 0 ? (fourth / (variance * variance)) - 3 : double.NaN, _zeros);
    }

    /// <summary>The counted distribution: each value stands in the middle of its pattern's range, the extremes where they are.</summary>
    [MethodImpl(Compiled.AtOnce)]
    public ExactDistribution Distribution()
    {
        var (values, counts) = (new List<double>(), new List<long>());
        for (var i = 0; i < Patterns; i++)
        {
            // From the most negative to the most positive: negative patterns run backwards.
            var pattern = i < Patterns / 2 ? Patterns - 1 - i : i - (Patterns / 2);
            if (_counts[pattern] > 0)
            {
                values.Add(Math.Clamp(Middle((uint)pattern), _min, _max));
                counts.Add(_counts[pattern]);
            }
        }

        return ExactDistribution.Ascending([.. values], [.. counts], _nonFinite);
    }

    /// <summary>Gives the counts' memory back.</summary>
    public void Dispose()
    {
        ArrayPool<uint>.Shared.Return(_counts);
        _counts = [];
    }

    // Power sums and extremes of whole vectors; false, and nothing added, where a value is not finite.
    [MethodImpl(Compiled.AtOnce)]
    private bool TryAddVectors(ReadOnlySpan<float> values)
    {
        var vectors = MemoryMarshal.Cast<float, Vector<float>>(values);
        Vector<double> sum = default, squares = default, cubes = default, fourths = default;
        Vector<float> min = new(float.PositiveInfinity), max = new(float.NegativeInfinity), nothing = default;
        Vector<int> zeros = default;
        foreach (var vector in vectors)
        {
            nothing += vector * Vector<float>.Zero; // NaN as soon as one is not finite
            min = Vector.Min(min, vector);
            max = Vector.Max(max, vector);
            zeros -= Vector.Equals(vector, Vector<float>.Zero);
            Vector.Widen(vector, out var low, out var high);
            var (lowSquares, highSquares) = (low * low, high * high);
            sum += low + high;
            squares += lowSquares + highSquares;
            cubes += (lowSquares * low) + (highSquares * high);
            fourths += (lowSquares * lowSquares) + (highSquares * highSquares);
        }

        if (!Vector.EqualsAll(nothing, Vector<float>.Zero))
        {
            return false;
        }

        _sum += Vector.Sum(sum);
        _squares += Vector.Sum(squares);
        _cubes += Vector.Sum(cubes);
        _fourths += Vector.Sum(fourths);
        _finite += values.Length;
        _zeros += Vector.Sum(zeros);
        for (var lane = 0; lane < Vector<float>.Count && values.Length > 0; lane++)
        {
            _min = Math.Min(_min, min[lane]);
            _max = Math.Max(_max, max[lane]);
        }

        return true;
    }

    [MethodImpl(Compiled.AtOnce)]
    private void Count(ReadOnlySpan<float> values)
    {
        ref var first = ref MemoryMarshal.GetArrayDataReference(_counts);
        foreach (var bits in MemoryMarshal.Cast<float, uint>(values))
        {
            Unsafe.Add(ref first, bits >> DroppedBits)++; // 18 bits are left, and the array has room for all of them
        }
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
            _counts[BitConverter.SingleToUInt32Bits(value) >> DroppedBits]++;
        }
    }

    private static uint[] Rent()
    {
        var counts = ArrayPool<uint>.Shared.Rent(Patterns);
        Array.Clear(counts);
        return counts;
    }

    private static double Middle(uint pattern) => (pattern & ((Patterns / 2) - 1)) == 0
        ? 0 // zeros, and what is smaller than any number that matters
        : BitConverter.UInt32BitsToSingle((pattern << DroppedBits) | (1u << (DroppedBits - 1)));
}
