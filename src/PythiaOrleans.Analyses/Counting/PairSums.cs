using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using PythiaOrleans.Analyses.Devices;
using PythiaOrleans.Checkpoints.Formats;
using PythiaOrleans.Numerics.Distributions;
using PythiaOrleans.Numerics.Lanes;

namespace PythiaOrleans.Analyses.Counting;

/// <summary>
/// Sums over two tensors of one shape, in float64, block by block. Pairs with a NaN or an infinity are left out and counted.
/// </summary>
/// <param name="SquaredDistance">Σ (a − b)²: never expanded into norms, which would cancel.</param>
/// <param name="Dot">Σ a b.</param>
/// <param name="FirstSquares">Σ a².</param>
/// <param name="SecondSquares">Σ b².</param>
/// <param name="SquaredSpacings">Σ (u(a)² + u(b)²), u the spacing of half-precision numbers at that magnitude.</param>
/// <param name="LeftOut">Pairs that were left out.</param>
internal readonly record struct PairSums(
    double SquaredDistance, double Dot, double FirstSquares, double SecondSquares, double SquaredSpacings, long LeftOut)
{
    // Partial sums of this many values keep the rounding of a whole tensor's sum near that of one block.
    private const int Block = 1 << 16;

    private const float MinNormalHalf = 6.103515625e-05f; // 2^-14
    private const double Unscale = 5.192296858534828e33; // 2^112
    private const double SpacingOfOne = 1.0 / 1024; // of half-precision numbers from 1 to 2

    /// <summary>Adds up two tensors.</summary>
    /// <param name="first">Any shape.</param>
    /// <param name="second">The same shape.</param>
    /// <param name="counted">The exact distribution of the first: its squares and spacings need no second look at the values.</param>
    /// <exception cref="CheckpointFormatException">The shapes differ.</exception>
    public static PairSums Compute(StoredTensor first, StoredTensor second, ExactDistribution counted)
    {
        CheckShapes(first, second);
        var sums = default(PairSums);
        return TryAdd(first, second, all: true, ref sums) ? sums.With(counted) : OfAny(first, second);
    }

    /// <summary>Σ (a − b)² alone.</summary>
    /// <exception cref="CheckpointFormatException">The shapes differ.</exception>
    public static double SquaredDistanceOf(StoredTensor first, StoredTensor second)
    {
        CheckShapes(first, second);
        var sums = default(PairSums);
        return TryAdd(first, second, all: false, ref sums) ? sums.SquaredDistance : OfAny(first, second).SquaredDistance;
    }

    private static void CheckShapes(StoredTensor first, StoredTensor second)
    {
        if (!first.Shape.SequenceEqual(second.Shape))
        {
            throw new CheckpointFormatException(
                second.Name, "shape", $"[{string.Join(", ", first.Shape)}] as in the checkpoint that is measured",
                $"[{string.Join(", ", second.Shape)}]",
                "Distances need checkpoints of one model.");
        }
    }

    // False where a value is no finite half-precision number: seldom, and then every pair is looked at one by one.
    private static bool TryAdd(StoredTensor first, StoredTensor second, bool all, ref PairSums sums)
    {
        using var a = new Scratch<ushort>(Block);
        using var b = new Scratch<ushort>(Block);
        using var singles = new Scratch<float>(Block);
        for (long start = 0; start < first.Count; start += Block)
        {
            var count = (int)Math.Min(Block, first.Count - start);
            var left = a.First(count);
            var right = b.First(count);
            if (!TryReadHalves(first, start, singles, left) || !TryReadHalves(second, start, singles, right)
                || !(all ? TryAddAll(left, right, ref sums) : TryAddDistance(left, right, ref sums)))
            {
                return false;
            }
        }

        return true;
    }

    // As they are stored, or converted where float32 holds halves.
    private static bool TryReadHalves(StoredTensor tensor, long start, Scratch<float> singles, Span<ushort> halves)
    {
        switch (tensor.DType)
        {
            case DType.F16:
                tensor.Read(start, halves);
                return true;
            case DType.F32:
                var values = singles.First(halves.Length);
                tensor.Read(start, values);
                return HalfGrid.TryConvert(values, halves);
            default:
                return false;
        }
    }

    [MethodImpl(Jit.FullyOptimized)]
    private static bool TryAddAll(ReadOnlySpan<ushort> first, ReadOnlySpan<ushort> second, ref PairSums sums) =>
        TryAddBlock(first, second, all: true, ref sums);

    [MethodImpl(Jit.FullyOptimized)]
    private static bool TryAddDistance(ReadOnlySpan<ushort> first, ReadOnlySpan<ushort> second, ref PairSums sums) =>
        TryAddBlock(first, second, all: false, ref sums);

    // False where it met a NaN or an infinity. Inlined, so that `all`, a constant for each caller, leaves no trace in the loop.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static bool TryAddBlock(ReadOnlySpan<ushort> first, ReadOnlySpan<ushort> second, bool all, ref PairSums sums)
    {
        var left = MemoryMarshal.Cast<ushort, Vector512<short>>(first);
        var right = MemoryMarshal.Cast<ushort, Vector512<short>>(second);
        var exponent = Vector512.Create((short)0x7c00);
        Vector512<double> distance1 = default, distance2 = default, squares1 = default, squares2 = default;
        Vector512<float> powers = default;
        for (var i = 0; i < left.Length; i++)
        {
            Prefetch.Next(in left[i]);
            Prefetch.Next(in right[i]);
            if (Vector512.EqualsAny(left[i] & exponent, exponent) || Vector512.EqualsAny(right[i] & exponent, exponent))
            {
                return false;
            }

            var (x, y) = (Scaled(Vector512.WidenLower(left[i])), Scaled(Vector512.WidenLower(right[i])));
            AddDistance(x, y, ref distance1, ref distance2);
            if (all)
            {
                AddSquares(y, ref squares1, ref squares2, ref powers);
            }

            (x, y) = (Scaled(Vector512.WidenUpper(left[i])), Scaled(Vector512.WidenUpper(right[i])));
            AddDistance(x, y, ref distance1, ref distance2);
            if (all)
            {
                AddSquares(y, ref squares1, ref squares2, ref powers);
            }
        }

        var done = left.Length * Vector512<short>.Count;
        var rest = OneByOne(first[done..], second[done..]);
        var spacings = SpacingOfOne * SpacingOfOne * Vector512.Sum(Vector512.WidenLower(powers) + Vector512.WidenUpper(powers));
        foreach (var bits in second[done..])
        {
            spacings += SquaredSpacing((double)BitConverter.UInt16BitsToHalf(bits));
        }

        sums = sums with
        {
            SquaredDistance = sums.SquaredDistance + (Unscale * Unscale * Vector512.Sum(distance1 + distance2)) + rest.SquaredDistance,
            SecondSquares = sums.SecondSquares + (Unscale * Unscale * Vector512.Sum(squares1 + squares2)) + rest.SecondSquares,
            SquaredSpacings = sums.SquaredSpacings + spacings,
        };
        return rest.LeftOut == 0;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void AddDistance(Vector512<float> x, Vector512<float> y, ref Vector512<double> sum1, ref Vector512<double> sum2)
    {
        var d1 = Vector512.WidenLower(x) - Vector512.WidenLower(y);
        var d2 = Vector512.WidenUpper(x) - Vector512.WidenUpper(y);
        sum1 = Vector512.FusedMultiplyAdd(d1, d1, sum1);
        sum2 = Vector512.FusedMultiplyAdd(d2, d2, sum2);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void AddSquares(Vector512<float> y, ref Vector512<double> squares1, ref Vector512<double> squares2,
        ref Vector512<float> powers)
    {
        var (y1, y2) = (Vector512.WidenLower(y), Vector512.WidenUpper(y));
        squares1 = Vector512.FusedMultiplyAdd(y1, y1, squares1);
        squares2 = Vector512.FusedMultiplyAdd(y2, y2, squares2);
        var exponent = (y.AsUInt32() & Vector512.Create(0x7f800000u)).AsSingle() * Vector512.Create((float)Unscale);
        var power = Vector512.Max(exponent, Vector512.Create(MinNormalHalf)); // 2^e
        powers = Vector512.FusedMultiplyAdd(power, power, powers);
    }

    // The bits of a half, sign-extended, as those of a single: exact but for a factor of 2^-112, subnormals too. NaN and infinities would
    // come out finite.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<float> Scaled(Vector512<int> half) =>
        (Vector512.ShiftLeft(half, 13) & Vector512.Create(unchecked((int)0x8fffffff))).AsSingle();

    private static PairSums OneByOne(ReadOnlySpan<ushort> first, ReadOnlySpan<ushort> second)
    {
        var sums = default(PairSums);
        for (var i = 0; i < first.Length; i++)
        {
            sums = sums.Plus(OfOne((double)BitConverter.UInt16BitsToHalf(first[i]), (double)BitConverter.UInt16BitsToHalf(second[i])));
        }

        return sums;
    }

    private static PairSums OfAny(StoredTensor first, StoredTensor second)
    {
        var a = new double[Block];
        var b = new double[Block];
        var sums = default(PairSums);
        for (long start = 0; start < first.Count; start += Block)
        {
            var count = (int)Math.Min(Block, first.Count - start);
            TensorValues.Read(first, start, a.AsSpan(0, count));
            TensorValues.Read(second, start, b.AsSpan(0, count));
            var block = default(PairSums);
            for (var i = 0; i < count; i++)
            {
                block = block.Plus(OfOne(a[i], b[i]));
            }

            sums = sums.Plus(block);
        }

        return sums;
    }

    private static PairSums OfOne(double a, double b) => double.IsFinite(a) && double.IsFinite(b)
        ? new PairSums((a - b) * (a - b), a * b, a * a, b * b, SquaredSpacing(a) + SquaredSpacing(b), 0)
        : new PairSums(0, 0, 0, 0, 0, 1);

    private static double SquaredSpacing(double value)
    {
        var magnitude = Math.Max(Math.Abs(value), MinNormalHalf);
        var power = BitConverter.UInt64BitsToDouble(BitConverter.DoubleToUInt64Bits(magnitude) & 0x7ff0_0000_0000_0000); // 2^e
        return SpacingOfOne * SpacingOfOne * power * power;
    }

    // The distance is measured, so that the product may come from it: its error is that of the squares, 1e-16 in the cosine.
    private PairSums With(ExactDistribution counted)
    {
        double squares = 0, spacings = SquaredSpacings;
        for (var i = 0; i < counted.Values.Length; i++)
        {
            squares += counted.Counts[i] * (counted.Values[i] * counted.Values[i]);
            spacings += counted.Counts[i] * SquaredSpacing(counted.Values[i]);
        }

        return this with { FirstSquares = squares, Dot = (squares + SecondSquares - SquaredDistance) / 2, SquaredSpacings = spacings };
    }

    private PairSums Plus(PairSums other) => new(
        SquaredDistance + other.SquaredDistance, Dot + other.Dot, FirstSquares + other.FirstSquares, SecondSquares + other.SecondSquares,
        SquaredSpacings + other.SquaredSpacings, LeftOut + other.LeftOut);
}
