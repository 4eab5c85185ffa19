namespace PythiaOrleans.Analyses.Tests;

public sealed class PairSumsTests
{
    /// <summary>Lengths around whole vectors and blocks; every bit pattern, NaN and infinities included.</summary>
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(31)]
    [InlineData(32)]
    [InlineData(33)]
    [InlineData(65_536)]
    [InlineData(200_001)]
    public void Sums_AreThoseOfAPlainLoop(int count)
    {
        var (first, second) = (Sample.Halves(1, count), Sample.Halves(2, count));
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

        var sums = PairSums.OfHalves(first, second, PatternCounter.CountHalves(first));
        Assert.Equal(leftOut, sums.LeftOut);
        Assert.Equal(distance, sums.SquaredDistance, 1e-12 * distance);
        Assert.Equal(distance, PairSums.SquaredDistanceOfHalves(first, second), 1e-12 * distance);
        Assert.Equal(dot, sums.Dot, 1e-12 * Math.Sqrt(a2 * b2));
        Assert.Equal(a2, sums.FirstSquares, 1e-12 * a2);
        Assert.Equal(b2, sums.SecondSquares, 1e-12 * b2);
        Assert.Equal(spacings, sums.SquaredSpacings, 1e-5 * spacings);
    }

    [Fact]
    public void Distance_OfATensorFromItself_IsZero()
    {
        var values = Sample.Halves(3, 10_000);
        var sums = PairSums.OfHalves(values, values, PatternCounter.CountHalves(values));
        Assert.Equal(0, sums.SquaredDistance);
        Assert.Equal(sums.FirstSquares, sums.Dot);
    }

    // The gap to the next half-precision number, found by counting up the bit pattern.
    private static double Spacing(double value)
    {
        var bits = BitConverter.HalfToUInt16Bits((Half)Math.Abs(value)) & 0x7c00;
        return (double)BitConverter.UInt16BitsToHalf((ushort)(bits + 1)) - (double)BitConverter.UInt16BitsToHalf((ushort)bits);
    }
}
