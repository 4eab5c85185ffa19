using System.Numerics;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using PythiaOrleans.Checkpoints;

namespace PythiaOrleans.Analyses;

/// <summary>Sums over two tensors of one shape, in float64, without a copy of either. Pairs with a NaN or an infinity are left out and counted.</summary>
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

    private const float SmallestNormalHalf = 6.103515625e-05f; // 2^-14
    private const double SpacingOfOne = 1.0 / 1024; // of half-precision numbers from 1 to 2

    /// <summary>Adds up two tensors.</summary>
    /// <exception cref="CheckpointFormatException">The shapes differ.</exception>
    public static PairSums Of(StoredTensor first, StoredTensor second)
    {
        if (!first.Shape.SequenceEqual(second.Shape))
        {
            throw new CheckpointFormatException(
                second.Name, "shape", $"[{string.Join(", ", first.Shape)}] as in the checkpoint that is measured", $"[{string.Join(", ", second.Shape)}]",
                "Distances need checkpoints of one model.");
        }

        return first.DType == DType.F16 && second.DType == DType.F16
            ? OfHalves(first.Values<ushort>(), second.Values<ushort>())
            : OfAny(first, second);
    }

    /// <summary>Adds up half-precision numbers, 32 at a time.</summary>
    internal static PairSums OfHalves(ReadOnlySpan<ushort> first, ReadOnlySpan<ushort> second)
    {
        var sums = default(PairSums);
        for (var start = 0; start < first.Length; start += Block)
        {
            var count = Math.Min(Block, first.Length - start);
            sums = sums.Plus(OfHalfBlock(first.Slice(start, count), second.Slice(start, count)));
        }

        return sums;
    }

    private static PairSums OfHalfBlock(ReadOnlySpan<ushort> first, ReadOnlySpan<ushort> second)
    {
        var left = MemoryMarshal.Cast<ushort, Vector512<ushort>>(first);
        var right = MemoryMarshal.Cast<ushort, Vector512<ushort>>(second);
        var lanes = default(Lanes);
        for (var i = 0; i < left.Length; i++)
        {
            lanes.Add(Vector512.WidenLower(left[i]), Vector512.WidenLower(right[i]));
            lanes.Add(Vector512.WidenUpper(left[i]), Vector512.WidenUpper(right[i]));
        }

        var sums = lanes.Sum();
        for (var i = left.Length * Vector512<ushort>.Count; i < first.Length; i++)
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
        var magnitude = Math.Max(Math.Abs(value), SmallestNormalHalf);
        var spacing = Math.ScaleB(SpacingOfOne, Math.ILogB(magnitude));
        return spacing * spacing;
    }

    private PairSums Plus(PairSums other) => new(
        SquaredDistance + other.SquaredDistance, Dot + other.Dot, FirstSquares + other.FirstSquares, SecondSquares + other.SecondSquares,
        SquaredSpacings + other.SquaredSpacings, LeftOut + other.LeftOut);

    /// <summary>The running sums of one block, in vectors.</summary>
    private struct Lanes
    {
        private Vector512<double> _distance;
        private Vector512<double> _dot;
        private Vector512<double> _first;
        private Vector512<double> _second;
        private Vector512<float> _spacings;
        private long _leftOut;

        public void Add(Vector512<uint> first, Vector512<uint> second)
        {
            var exponent = Vector512.Create(0x7c00u);
            var bad = Vector512.Equals(first & exponent, exponent) | Vector512.Equals(second & exponent, exponent);
            if (bad != Vector512<uint>.Zero)
            {
                _leftOut += BitOperations.PopCount(bad.ExtractMostSignificantBits());
            }

            var a = Vector512.AndNot(ToSingle(first).AsUInt32(), bad).AsSingle();
            var b = Vector512.AndNot(ToSingle(second).AsUInt32(), bad).AsSingle();
            AddHalf(Vector512.WidenLower(a), Vector512.WidenLower(b));
            AddHalf(Vector512.WidenUpper(a), Vector512.WidenUpper(b));

            // 2^e of each value; a pair that was left out counts as two zeros, which Sum() takes back.
            var (p, q) = (PowerOf(a), PowerOf(b));
            _spacings += (p * p) + (q * q);
        }

        public readonly PairSums Sum()
        {
            const double unit = SpacingOfOne * SpacingOfOne;
            var ofLeftOut = 2.0 * _leftOut * SmallestNormalHalf * SmallestNormalHalf;
            var (low, high) = (Vector512.WidenLower(_spacings), Vector512.WidenUpper(_spacings));
            return new PairSums(
                Vector512.Sum(_distance), Vector512.Sum(_dot), Vector512.Sum(_first), Vector512.Sum(_second),
                unit * (Vector512.Sum(low + high) - ofLeftOut), _leftOut);
        }

        private void AddHalf(Vector512<double> a, Vector512<double> b)
        {
            var difference = a - b;
            _distance += difference * difference;
            _dot += a * b;
            _first += a * a;
            _second += b * b;
        }

        // The exponent moves from half's bias to single's by a product with 2^112; subnormal halves come out exact.
        // NaN and infinities come out finite: the caller masks them.
        private static Vector512<float> ToSingle(Vector512<uint> half)
        {
            var magnitude = Vector512.ShiftLeft(half & Vector512.Create(0x7fffu), 13).AsSingle() * Vector512.Create(5.192296858534828e33f);
            var sign = Vector512.ShiftLeft(half & Vector512.Create(0x8000u), 16);
            return (magnitude.AsUInt32() | sign).AsSingle();
        }

        private static Vector512<float> PowerOf(Vector512<float> value) =>
            Vector512.Max((value.AsUInt32() & Vector512.Create(0x7f800000u)).AsSingle(), Vector512.Create(SmallestNormalHalf));
    }
}
