using System.Buffers;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using PythiaOrleans.Numerics.Distributions;
using PythiaOrleans.Numerics.Lanes;

namespace PythiaOrleans.Analyses.Counting;

/// <summary>
/// Finite float32 values counted by sign, exponent and the first 9 bits of the mantissa: a megabyte of counters, for one thread at a time.
/// </summary>
/// <param name="capacity">Values after which 32-bit counters are moved to 64-bit ones, before any of them can overflow.</param>
internal sealed class FloatHistogram(long capacity) : IDisposable
{
    private const int DroppedBits = 14;
    private const int Patterns = 1 << (32 - DroppedBits);
    private const int Negative = Patterns / 2;

    // New ones for every place of every checkpoint would keep the garbage collector busy.
    private uint[] _counts = RentCleared();
    private long _counted; // values in _counts
    private long[]? _moved; // counts of earlier values; of most streams there are none

    /// <summary>Counts nothing yet.</summary>
    public FloatHistogram()
        : this(uint.MaxValue)
    {
    }

    /// <summary>Counts values.</summary>
    [MethodImpl(Jit.FullyOptimized)]
    public void Add(ReadOnlySpan<float> values)
    {
        MakeRoom(values.Length);
        ref var first = ref MemoryMarshal.GetArrayDataReference(_counts);
        foreach (var bits in MemoryMarshal.Cast<float, uint>(values))
        {
            Unsafe.Add(ref first, bits >> DroppedBits)++; // 18 bits are left, and the array has room for all of them
        }
    }

    /// <summary>Counts one value.</summary>
    public void Add(float value)
    {
        MakeRoom(1);
        _counts[BitConverter.SingleToUInt32Bits(value) >> DroppedBits]++;
    }

    /// <summary>Adds other counts.</summary>
    public void Add(FloatHistogram other)
    {
        MakeRoom(other._counted);
        PatternCounter.AddTo(_counts.AsSpan(0, Patterns), other._counts.AsSpan(0, Patterns));
        for (var pattern = 0; pattern < (other._moved?.Length ?? 0); pattern++)
        {
            (_moved ??= new long[Patterns])[pattern] += other._moved![pattern];
        }
    }

    /// <summary>What was counted: each value stands in the middle of its pattern's range, but within the extremes.</summary>
    /// <param name="min">The smallest value.</param>
    /// <param name="max">The largest.</param>
    /// <param name="nonFinite">Values that were not counted.</param>
    [MethodImpl(Jit.FullyOptimized)]
    public ExactDistribution Distribution(double min, double max, long nonFinite)
    {
        var (values, counts) = (new List<double>(), new List<long>());
        var vectors = MemoryMarshal.Cast<uint, Vector<uint>>(_counts.AsSpan(0, Patterns));

        // From the most negative to the most positive: negative patterns run backwards. Most patterns were never seen.
        for (var i = 0; i < vectors.Length; i++)
        {
            var isNegative = i < vectors.Length / 2;
            var vector = isNegative ? vectors.Length - 1 - i : i - (vectors.Length / 2);
            for (var lane = 0; lane < Vector<uint>.Count && (_moved is not null || vectors[vector] != Vector<uint>.Zero); lane++)
            {
                var pattern = (vector * Vector<uint>.Count) + (isNegative ? Vector<uint>.Count - 1 - lane : lane);
                if (_counts[pattern] + (_moved?[pattern] ?? 0) is > 0 and var count)
                {
                    values.Add(Math.Clamp(Middle((uint)pattern), min, max));
                    counts.Add(count);
                }
            }
        }

        return ExactDistribution.Ascending([.. values], [.. counts], nonFinite);
    }

    /// <summary>Returns the counters' memory.</summary>
    public void Dispose()
    {
        ArrayPool<uint>.Shared.Return(_counts);
        _counts = [];
    }

    private static uint[] RentCleared()
    {
        var counts = ArrayPool<uint>.Shared.Rent(Patterns);
        counts.AsSpan(0, Patterns).Clear();
        return counts;
    }

    private static double Middle(uint pattern) => (pattern & (Negative - 1)) == 0
        ? 0 // zeros, and what is smaller than any number that matters
        : BitConverter.UInt32BitsToSingle((pattern << DroppedBits) | (1u << (DroppedBits - 1)));

    private void MakeRoom(long values)
    {
        if (_counted + values > capacity)
        {
            _moved ??= new long[Patterns];
            for (var pattern = 0; pattern < Patterns; pattern++)
            {
                _moved[pattern] += _counts[pattern];
            }

            _counts.AsSpan(0, Patterns).Clear();
            _counted = 0;
        }

        _counted += values;
    }
}
