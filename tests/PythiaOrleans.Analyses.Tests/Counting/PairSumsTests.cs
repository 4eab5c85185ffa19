using PythiaOrleans.Analyses.Counting;
using PythiaOrleans.Checkpoints.Formats;
using PythiaOrleans.Testing;

namespace PythiaOrleans.Analyses.Tests;

public sealed class PairSumsTests
{
    /// <summary>
    /// Lengths around whole vectors and blocks; every finite bit pattern, or NaN and infinities among them; stored as halves or as float32.
    /// </summary>
    [Theory]
    [InlineData(0, true, DType.F16)]
    [InlineData(1, true, DType.F16)]
    [InlineData(31, true, DType.F16)]
    [InlineData(32, true, DType.F32)]
    [InlineData(33, true, DType.F16)]
    [InlineData(65_536, true, DType.F16)]
    [InlineData(200_001, true, DType.F16)]
    [InlineData(200_001, true, DType.F32)]
    [InlineData(33, false, DType.F16)]
    [InlineData(200_001, false, DType.F16)]
    [InlineData(200_001, false, DType.F32)]
    public void Sums_AreThoseOfAPlainLoop(int count, bool finite, DType type)
    {
        var (first, second) = (Patterns(1, count, finite), Patterns(2, count, finite));
        double distance = 0, dot = 0, a2 = 0, b2 = 0, spacings = 0;
        long leftOut = 0;
        for (var i = 0; i < count; i++)
        {
            var (a, b) = ((double)BitConverter.UInt16BitsToHalf(first[i]), (double)BitConverter.UInt16BitsToHalf(second[i]));
            if (!double.IsFinite(a) || !double.IsFinite(b))
            {
                leftOut++;
                continue;
            }

            distance += (a - b) * (a - b);
            dot += a * b;
            a2 += a * a;
            b2 += b * b;
            spacings += Math.Pow(Spacing(a), 2) + Math.Pow(Spacing(b), 2);
        }

        var a16 = MemoryTensor.Of(first, type);
        var b16 = MemoryTensor.Of(second, type);
        var sums = PairSums.Compute(a16, b16, PatternCounter.Count(a16));
        Assert.Equal(leftOut, sums.LeftOut);
        Assert.Equal(distance, sums.SquaredDistance, 1e-12 * distance);
        Assert.Equal(distance, PairSums.SquaredDistanceOf(a16, b16), 1e-12 * distance);
        Assert.Equal(dot, sums.Dot, 1e-12 * Math.Sqrt(a2 * b2));
        Assert.Equal(a2, sums.FirstSquares, 1e-12 * a2);
        Assert.Equal(b2, sums.SecondSquares, 1e-12 * b2);
        Assert.Equal(spacings, sums.SquaredSpacings, 1e-5 * spacings);
    }

    [Fact]
    public void Distance_OfATensorFromItself_IsZero()
    {
        var values = MemoryTensor.Of(Patterns(3, 10_000, finite: true), DType.F16);
        var sums = PairSums.Compute(values, values, PatternCounter.Count(values));
        Assert.Equal(0, sums.SquaredDistance);
        Assert.Equal(sums.FirstSquares, sums.Dot, 1e-13 * sums.FirstSquares);
    }

    /// <summary>The order of the additions must not depend on how the weights are stored: results are compared byte for byte.</summary>
    [Fact]
    public void Sums_OfHalvesInFloat32_AreTheSameToTheLastBit()
    {
        var (first, second) = (Patterns(4, 100_003, finite: true), Patterns(5, 100_003, finite: true));
        var a16 = MemoryTensor.Of(first, DType.F16);
        var b16 = MemoryTensor.Of(second, DType.F16);
        var a32 = MemoryTensor.Of(first, DType.F32);
        var b32 = MemoryTensor.Of(second, DType.F32);
        Assert.Equal(PairSums.Compute(a16, b16, PatternCounter.Count(a16)),
            PairSums.Compute(a32, b32, PatternCounter.Count(a32)));
    }

    private static ushort[] Patterns(int seed, int count, bool finite) =>
        finite
            ? [.. Sample.Halves(seed, count).Select(bits => (bits & 0x7c00) == 0x7c00 ? (ushort)(bits & 0x83ff) : bits)]
            : Sample.Halves(seed, count);

    // The gap to the next half-precision number, found by counting up the bit pattern.
    private static double Spacing(double value)
    {
        var bits = BitConverter.HalfToUInt16Bits((Half)Math.Abs(value)) & 0x7c00;
        return (double)BitConverter.UInt16BitsToHalf((ushort)(bits + 1)) - (double)BitConverter.UInt16BitsToHalf((ushort)bits);
    }
}
