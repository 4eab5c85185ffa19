using PythiaOrleans.Numerics.Fits;

namespace PythiaOrleans.Numerics.Tests;

public sealed class GoldenSectionTests
{
    [Theory]
    [InlineData(1.25)]
    [InlineData(-4.5)]
    [InlineData(-5)] // at an end
    [InlineData(7)]
    public void Top_IsFoundWhereItIs(double top)
    {
        var asked = 0;
        var found = GoldenSection.Maximise(
            x =>
            {
                asked++;
                Assert.InRange(x, -5, 7);
                return -Math.Abs(x - top);
            },
            -5,
            7,
            1e-6);
        Assert.Equal(top, found, 1e-6);
        Assert.InRange(asked, 30, 40); // 12 · 0.618^34 is 1e-6, and each step asks once
    }
}
