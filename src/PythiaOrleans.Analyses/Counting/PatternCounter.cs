using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using PythiaOrleans.Checkpoints.Formats;
using PythiaOrleans.Numerics.Distributions;
using PythiaOrleans.Numerics.Lanes;

namespace PythiaOrleans.Analyses.Counting;

/// <summary>Counts the bit patterns of 16-bit numbers: one pass, no sort, no conversion.</summary>
/// <remarks>
/// float32 files on the half-precision grid (as Pythia's hub serves them) are counted by their half-precision patterns; the grid is checked
/// value by value in the same pass. True float32 and float64 are sorted: exact, and slower.
/// </remarks>
internal static class PatternCounter
{
    private const int Patterns = 1 << 16;
    private const int NegativeZero = 0x8000;

    // Below this many values, sorting them costs less than looking through all patterns.
    private const int FewValues = 8192;

    // Equal neighbours (zeros, padding rows) would make one counter wait for itself: two tables take turns.
    private const int Tables = 2;

    // Values that are converted at a time: they stay in the first cache.
    private const int GridChunk = 4096;

    // Values that are read at a time: they stay in the second cache.
    private const int ReadAtATime = 1 << 16;

    [ThreadStatic]
    private static uint[]? _counts;

    private static readonly double[] HalfValues = ValuesOf(static bits => (double)BitConverter.UInt16BitsToHalf(bits));
    private static readonly double[] BrainValues = ValuesOf(static bits => BitConverter.UInt32BitsToSingle((uint)bits << 16));
    private static readonly ushort[] HalfOrder = OrderOf(0x7c00);
    private static readonly ushort[] BrainOrder = OrderOf(0x7f80);

    /// <summary>The distribution of a stored tensor's values.</summary>
    public static ExactDistribution Count(StoredTensor tensor) => tensor.DType switch
    {
        DType.F16 => CountPatterns(tensor, HalfValues, HalfOrder),
        DType.BF16 => CountPatterns(tensor, BrainValues, BrainOrder),
        DType.F32 => CountSingles(tensor),
        DType.F64 => ExactDistribution.OfValues(tensor.Values<double>()),
        _ => throw new NotSupportedException($"Tensor '{tensor.Name}' holds {tensor.DType}; expected floating-point numbers."),
    };

    /// <summary>The distribution of half-precision patterns.</summary>
    internal static ExactDistribution CountHalves(ReadOnlySpan<ushort> patterns)
    {
        if (patterns.Length < FewValues)
        {
            return CountFew(patterns, HalfValues);
        }

        var counts = ClearedCounts();
        Add(patterns, counts);
        return Collect(Sum(counts), HalfValues, HalfOrder);
    }

    /// <summary>Whether every value is exactly a half-precision number (NaN and infinities count as being on the grid).</summary>
    internal static bool IsOnHalfGrid(ReadOnlySpan<float> values)
    {
        var halves = new ushort[Math.Min(values.Length, GridChunk)];
        for (var start = 0; start < values.Length; start += GridChunk)
        {
            if (!HalfGrid.TryConvert(values.Slice(start, Math.Min(GridChunk, values.Length - start)), halves))
            {
                return false;
            }
        }

        return true;
    }

    private static ExactDistribution CountPatterns(StoredTensor tensor, double[] values, ushort[] order)
    {
        if (tensor.Count < FewValues)
        {
            return CountFew(tensor.Values<ushort>(), values);
        }

        CheckCounters(tensor);
        using var scratch = new Scratch<ushort>(ReadAtATime);
        var counts = ClearedCounts();
        for (long start = 0; start < tensor.Count; start += ReadAtATime)
        {
            var patterns = scratch.First((int)Math.Min(ReadAtATime, tensor.Count - start));
            tensor.Read(start, patterns);
            Add(patterns, counts);
        }

        return Collect(Sum(counts), values, order);
    }

    private static ExactDistribution CountFew(ReadOnlySpan<ushort> patterns, double[] values)
    {
        var converted = new double[patterns.Length];
        for (var i = 0; i < converted.Length; i++)
        {
            converted[i] = values[patterns[i]];
        }

        return ExactDistribution.OfValues(converted);
    }

    private static ExactDistribution CountSingles(StoredTensor tensor) =>
        tensor.Count >= FewValues && TryTallySingles(tensor, out var counts)
            ? Collect(counts, HalfValues, HalfOrder)
            : ExactDistribution.OfValues(Array.ConvertAll(tensor.Values<float>(), value => (double)value));

    private static bool TryTallySingles(StoredTensor tensor, out Span<uint> counts)
    {
        CheckCounters(tensor);
        using var scratch = new Scratch<float>(ReadAtATime);
        counts = ClearedCounts();
        for (long start = 0; start < tensor.Count; start += ReadAtATime)
        {
            var values = scratch.First((int)Math.Min(ReadAtATime, tensor.Count - start));
            tensor.Read(start, values);
            if (!TryAddSingles(values, counts))
            {
                return false;
            }
        }

        counts = Sum(counts);
        return true;
    }

    private static bool TryAddSingles(ReadOnlySpan<float> values, Span<uint> counts)
    {
        Span<ushort> halves = stackalloc ushort[GridChunk];
        for (var start = 0; start < values.Length; start += GridChunk)
        {
            var chunk = values.Slice(start, Math.Min(GridChunk, values.Length - start));
            if (!HalfGrid.TryConvert(chunk, halves))
            {
                return false;
            }

            Add(halves[..chunk.Length], counts);
        }

        return true;
    }

    // The largest tensor of any catalog model has 260 million values.
    private static void CheckCounters(StoredTensor tensor)
    {
        if (tensor.Count > uint.MaxValue)
        {
            throw new NotSupportedException(
                $"Tensor '{tensor.Name}' [{string.Join(", ", tensor.Shape)}] has {tensor.Count:N0} elements; up to {uint.MaxValue:N0} are "
                    + "counted. Leave the analyses of weights out for this model.");
        }
    }

    [MethodImpl(Jit.FullyOptimized)]
    private static void Add(ReadOnlySpan<ushort> patterns, Span<uint> counts)
    {
        ref var first = ref MemoryMarshal.GetReference(counts);
        var words = MemoryMarshal.Cast<ushort, ulong>(patterns);
        foreach (var word in words)
        {
            Unsafe.Add(ref first, (nint)(word & 0xffff))++;
            Unsafe.Add(ref first, Patterns + (nint)((word >> 16) & 0xffff))++;
            Unsafe.Add(ref first, (nint)((word >> 32) & 0xffff))++;
            Unsafe.Add(ref first, Patterns + (nint)(word >> 48))++;
        }

        foreach (var pattern in patterns[(words.Length * 4)..])
        {
            counts[pattern]++;
        }
    }

    private static Span<uint> Sum(Span<uint> counts)
    {
        var sum = counts[..Patterns];
        for (var table = 1; table < Tables; table++)
        {
            AddTo(sum, counts.Slice(table * Patterns, Patterns));
        }

        return sum;
    }

    /// <summary>Adds counts to counts of as many patterns.</summary>
    [MethodImpl(Jit.FullyOptimized)]
    internal static void AddTo(Span<uint> sum, ReadOnlySpan<uint> more)
    {
        var sums = MemoryMarshal.Cast<uint, Vector<uint>>(sum);
        var mores = MemoryMarshal.Cast<uint, Vector<uint>>(more);
        for (var i = 0; i < sums.Length; i++)
        {
            sums[i] += mores[i];
        }
    }

    [MethodImpl(Jit.FullyOptimized)]
    private static ExactDistribution Collect(ReadOnlySpan<uint> counts, double[] values, ushort[] order)
    {
        var distinct = new double[order.Length];
        var times = new long[order.Length];
        var found = 0;
        long finite = 0, all = 0;
        foreach (var count in counts)
        {
            all += count;
        }

        foreach (var pattern in order)
        {
            long count = counts[pattern];
            if (pattern == 0)
            {
                count += counts[NegativeZero];
            }

            if (count > 0)
            {
                distinct[found] = values[pattern];
                times[found++] = count;
                finite += count;
            }
        }

        return new ExactDistribution(distinct[..found], times[..found], all - finite);
    }

    private static Span<uint> ClearedCounts()
    {
        _counts ??= new uint[Tables * Patterns];
        Array.Clear(_counts);
        return _counts;
    }

    private static double[] ValuesOf(Func<ushort, double> value) => [.. Enumerable.Range(0, Patterns).Select(bits => value((ushort)bits))];

    // The finite patterns by ascending value: negative ones run backwards; -0 is counted with 0.
    private static ushort[] OrderOf(int infinity)
    {
        var order = new ushort[(2 * infinity) - 1];
        for (var magnitude = 0; magnitude < infinity; magnitude++)
        {
            order[infinity - 1 - magnitude] = (ushort)(NegativeZero | magnitude);
            order[infinity - 1 + magnitude] = (ushort)magnitude;
        }

        return order;
    }
}
