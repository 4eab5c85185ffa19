using System.Numerics;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Security.Cryptography;
using PythiaOrleans.Numerics.Lanes;

namespace PythiaOrleans.Numerics.Tests.Lanes;

public sealed class LaneTests
{
    [Fact]
    public void Exp_IsWithinOneUnitInTheLastPlace()
    {
        var random = new Random(1);
        for (var i = 0; i < 20_000; i++)
        {
            var x = (random.NextDouble() * 1400) - 700;
            AssertNear(Math.Exp(x), Lane.Exp(Vector256.Create(x))[0], x);
        }
    }

    [Fact]
    public void Log_IsWithinOneUnitInTheLastPlace()
    {
        var random = new Random(2);
        for (var i = 0; i < 20_000; i++)
        {
            var x = i % 2 == 0 ? 1 + ((random.NextDouble() - 0.5) * 0.01) : Math.Pow(2, (random.NextDouble() * 2000) - 1000);
            AssertNear(Math.Log(x), Lane.Log(Vector256.Create(x))[0], x);
        }
    }

    [Theory]
    [InlineData(0, 1)]
    [InlineData(double.NegativeInfinity, 0)]
    [InlineData(-1e300, 0)]
    [InlineData(-746, 0)]
    [InlineData(710, double.PositiveInfinity)]
    [InlineData(double.PositiveInfinity, double.PositiveInfinity)]
    [InlineData(double.NaN, double.NaN)]
    public void Exp_OfExtremes(double x, double expected) => Assert.Equal(expected, Lane.Exp(Vector256.Create(x))[3]);

    [Theory]
    [InlineData(-745.1)]
    [InlineData(-740)]
    [InlineData(-710)]
    public void Exp_OfWhatIsNearlyZero_IsRoundedToASubnormal(double x) =>
        Assert.InRange(Lane.Exp(Vector256.Create(x))[0] - Math.Exp(x), -double.Epsilon, double.Epsilon);

    [Fact]
    public void SingleExp_IsWithinALittleMoreThanOneUnitInTheLastPlace()
    {
        var random = new Random(3);
        for (var i = 0; i < 1_000_000; i++)
        {
            var x = (float)(i % 2 == 0 ? (random.NextDouble() * 174) - 86 : (random.NextDouble() - 0.5) * 2);
            var (expected, found) = (Math.Exp(x), Lane.Exp(Vector256.Create(x))[i % 8]);
            var unit = MathF.BitIncrement((float)expected) - (float)expected;
            Assert.True(Math.Abs(found - expected) <= 1.1 * unit, $"e^{x:R}: expected {expected:R}, found {found:R}");
        }
    }

    [Theory]
    [InlineData(0, 1)]
    [InlineData(float.NegativeInfinity, 0)]
    [InlineData(-3e38f, 0)]
    [InlineData(-104, 0)]
    [InlineData(89, float.PositiveInfinity)]
    [InlineData(float.PositiveInfinity, float.PositiveInfinity)]
    [InlineData(float.NaN, float.NaN)]
    public void SingleExp_OfExtremes(float x, float expected) => Assert.Equal(expected, Lane.Exp(Vector256.Create(x))[7]);

    [Theory]
    [InlineData(-103)]
    [InlineData(-95)]
    [InlineData(-88)]
    public void SingleExp_OfWhatIsNearlyZero_IsRoundedToASubnormal(float x) =>
        Assert.InRange(Lane.Exp(Vector256.Create(x))[0] - MathF.Exp(x), -float.Epsilon, float.Epsilon);

    /// <summary>As <see cref="Bits_AreTheSameOnEveryProcessor"/>.</summary>
    [Fact]
    public void SingleBits_AreTheSameOnEveryProcessor()
    {
        var bits = new List<int>();
        for (var i = 1; i <= 10_000; i++)
        {
            var x = Vector256.Create(i / 128f, -i / 128f, i * 1e-5f, 1f / i, -i, i, -i * 1e-4f, 0.5f);
            var exp = Lane.Exp(x);
            bits.AddRange([.. Enumerable.Range(0, 8).Select(lane => exp.AsInt32()[lane])]);
            bits.Add(BitConverter.SingleToInt32Bits((float)Lane.Sum(exp)));
        }

        Assert.Equal("57F574DD03BF87D6", Convert.ToHexString(SHA256.HashData(MemoryMarshal.AsBytes(bits.ToArray().AsSpan())))[..16]);
    }

    [Fact]
    public void Log_OfOne_IsZero() => Assert.Equal(0, Lane.Log(Vector256<double>.One)[2]);

    /// <summary>
    /// A digest that every processor must give: also with <c>DOTNET_EnableAVX512=0</c>, <c>DOTNET_EnableAVX2=0</c> (no fused
    /// multiply-add either) and <c>DOTNET_EnableHWIntrinsic=0</c>.
    /// </summary>
    [Fact]
    public void Bits_AreTheSameOnEveryProcessor()
    {
        var bits = new List<long>();
        for (var i = 1; i <= 10_000; i++)
        {
            var x = Vector256.Create(i / 64.0, -i / 64.0, i * 1e-5, 1.0 / i);
            var (exp, log) = (Lane.Exp(x), Lane.Log(Vector256.Abs(x)));
            bits.AddRange([.. Enumerable.Range(0, Lane.Count).SelectMany(lane => new[] { exp.AsInt64()[lane], log.AsInt64()[lane] })]);
        }

        Assert.Equal("513D1D5864F4CB94", Convert.ToHexString(SHA256.HashData(MemoryMarshal.AsBytes(bits.ToArray().AsSpan())))[..16]);
    }

    [Fact]
    public void Lanes_AreIndependent()
    {
        var x = Vector256.Create(0.1, 1, 10, 100);
        var (exp, log) = (Lane.Exp(x), Lane.Log(x));
        for (var lane = 0; lane < Lane.Count; lane++)
        {
            Assert.Equal(Lane.Exp(Vector256.Create(x[lane]))[0], exp[lane]);
            Assert.Equal(Lane.Log(Vector256.Create(x[lane]))[0], log[lane]);
        }
    }

    [Fact]
    public void Sum_AddsNeighboursFirst() => Assert.Equal(2, Lane.Sum(Vector256.Create(1e16, -1e16, 1, 1)));

    private static void AssertNear(double expected, double actual, double x) =>
        Assert.True(
            BigInteger.Abs(BitConverter.DoubleToInt64Bits(expected) - BitConverter.DoubleToInt64Bits(actual)) <= 1,
            $"at {x:R}: {actual:R}, the system's function gives {expected:R}");
}
