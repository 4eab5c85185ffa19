using PythiaOrleans.Numerics.Summation;

namespace PythiaOrleans.Numerics.Tests;

public sealed class CompensatedSumTests
{
    /// <summary>Neumaier's own example, and its mirror: what is lost is lost of the smaller one, whichever came first.</summary>
    [Theory]
    [InlineData(new[] { 1, 1e100, 1, -1e100 }, 2)]
    [InlineData(new[] { 1e100, 1, -1e100, 1 }, 2)]
    [InlineData(new[] { -1e100, 3, 1e100 }, 3)]
    [InlineData(new[] { 1e16, 1, 1, 1, 1 }, 1e16 + 4)]
    public void Terms_ThatPlainSumsLose_AreKept(double[] terms, double expected) => Assert.Equal(expected, Sum(terms));

    /// <summary>Against whole numbers, which lose nothing.</summary>
    [Fact]
    public void Sum_OfManyTerms_IsTheNearestDouble()
    {
        var random = new Random(5);
        for (var draw = 0; draw < 100; draw++)
        {
            var whole = Enumerable.Range(0, 1000).Select(_ => random.NextInt64(-(1L << 50), 1L << 50) >> random.Next(50)).ToArray();
            var terms = Array.ConvertAll(whole, term => Math.ScaleB(term, -40)); // exact: 50 bits
            Assert.Equal(Math.ScaleB((double)whole.Aggregate(Int128.Zero, (sum, term) => sum + term), -40), Sum(terms));
        }
    }

    private static double Sum(double[] terms)
    {
        var sum = new CompensatedSum();
        foreach (var term in terms)
        {
            sum.Add(term);
        }

        return sum.Value;
    }
}
