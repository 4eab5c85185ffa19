using MathNet.Numerics.LinearAlgebra;
using PythiaOrleans.Numerics.Regression;
using PythiaOrleans.Testing;

namespace PythiaOrleans.Numerics.Tests;

public sealed class BreakTests
{
    private static readonly int[] Steps = [.. Enumerable.Range(1, 142).Select(i => i * 1000)];

    /// <summary>Curves without a break, of which two straight lines find one at .19, .197, .246 and .282 of training.</summary>
    [Theory]
    [InlineData("log")]
    [InlineData("saturation")]
    [InlineData("power")]
    [InlineData("root")]
    public void SmoothCurves_HaveNoBreak(string shape)
    {
        for (var seed = 0; seed < 20; seed++)
        {
            var test = BreakTest.Find(Steps, Noisy(t => Smooth(shape, t), seed))!;
            Assert.False(test.IsBreak, $"{shape}, seed {seed}: {test.Evidence}");
        }
    }

    [Theory]
    [InlineData(0.1)]
    [InlineData(0.14)]
    [InlineData(0.5)]
    public void PlantedBreak_IsFoundWhereItIs(double at)
    {
        var test = BreakTest.Find(Steps, Noisy(t => Math.Sqrt(t) + (0.5 * Math.Max(0, t - at)), seed: 3))!;
        Assert.True(test.IsBreak, $"{test.Evidence}");
        Assert.Equal(at, Steps[test.Index] / (double)Steps[^1], 0.03);
    }

    [Theory]
    [InlineData(0.02, 0, true)] // a jump
    [InlineData(0, 0.3, true)] // a change of slope
    [InlineData(0, 0, false)]
    public void Break_AtAGivenPlace_IsOneOfSlopeOrOfHeight(double jump, double slope, bool isBreak)
    {
        var at = Steps[70] / (double)Steps[^1];
        var values = Noisy(t => Math.Sqrt(t) + (t >= at ? jump + (slope * (t - at)) : 0), seed: 5);

        var test = BreakTest.At(Steps, values, 70);

        Assert.Equal((70, isBreak), (test.Index, test.IsBreak));
    }

    /// <summary>Both families contain a straight line: its evidence is nothing but the price of the one parameter more.</summary>
    [Fact]
    public void Line_HasNoBreak()
    {
        double[] line = [.. Steps.Select(step => 3.0 * step)];

        Assert.Equal(-Math.Log(Steps.Length), BreakTest.At(Steps, line, 70).Evidence, 2.0);
        Assert.False(BreakTest.Find(Steps, line)!.IsBreak);
    }

    /// <summary>16 points are tested, 15 are not; on each side of a break are at least five.</summary>
    [Theory]
    [InlineData(5)]
    [InlineData(10)]
    [InlineData(11)]
    public void ShortestCurve_HasABreakInItsMiddle(int at)
    {
        double[] values = [.. Enumerable.Range(0, 16).Select(i => Math.Max(0.0, i - at))];

        Assert.Equal(at, BreakTest.Find(Steps[..16], values)!.Index);
        Assert.Null(BreakTest.Find(Steps[..15], values[..15]));
    }

    /// <summary>Against the definition: least squares of each family, and innovations of the residuals taken as autoregressive.</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Evidence_IsThatOfTheDefinition(int seed)
    {
        int[] steps = [0, .. Steps[..29]];
        double[] t = [.. steps.Select(step => step / (double)steps[^1])];
        double[] noise = Sample.Gaussian(seed, t.Length), values = new double[t.Length];
        for (var i = 0; i < t.Length; i++)
        {
            noise[i] += i > 0 ? 0.6 * noise[i - 1] : 0;
            values[i] = Math.Sqrt(t[i]) + (0.3 * Math.Max(0, t[i] - 0.4)) + (0.02 * noise[i]);
        }

        Func<double, double>[] common = [_ => 1, Math.Sqrt, x => x, x => Math.Log(Math.Max(x, 1e-6))];
        var smooth = Innovations(Residual([.. common, x => x * x, x => x * x * x]));
        var (index, hinged) = Enumerable.Range(5, t.Length - 9)
            .Select(i => (Index: i, Residual: Residual([.. common, x => Math.Max(0, x - t[i])])))
            .MinBy(found => found.Residual.Sum(value => value * value));
        var jumped = Innovations(Residual([.. common, x => x >= t[12] ? 1 : 0, x => Math.Max(0, x - t[12])]));

        var found = BreakTest.Find(steps, values)!;
        Assert.Equal(index, found.Index);
        Assert.Equal((t.Length - 1) * Math.Log(smooth / Innovations(hinged)), found.Evidence, 1e-6);
        var known = BreakTest.At(steps, values, 12);
        Assert.Equal(((t.Length - 1) * Math.Log(smooth / jumped)) - Math.Log(t.Length), known.Evidence, 1e-6);

        double[] Residual(Func<double, double>[] terms)
        {
            var columns = Matrix<double>.Build.DenseOfColumnArrays(terms.Select(term => Array.ConvertAll(t, x => term(x))));
            var target = Vector<double>.Build.Dense(values);
            return [.. target - (columns * columns.QR().Solve(target))];
        }
    }

    [Fact]
    public void ConstantOrShortCurve_IsNotTested()
    {
        Assert.Null(BreakTest.Find(Steps, new double[Steps.Length]));
        Assert.Null(BreakTest.Find(Steps[..10], [.. Enumerable.Range(0, 10).Select(i => (double)i)]));
    }

    private static double Innovations(double[] residual)
    {
        var pairs = residual.Skip(1).Zip(residual).ToArray();
        var phi = pairs.Sum(pair => pair.First * pair.Second) / pairs.Sum(pair => pair.Second * pair.Second);
        return pairs.Sum(pair => Math.Pow(pair.First - (phi * pair.Second), 2));
    }

    private static double Smooth(string shape, double t) => shape switch
    {
        "log" => 5 + Math.Log(t),
        "saturation" => 1 - Math.Exp(-t / 0.1),
        "power" => Math.Pow(t, 0.3),
        _ => Math.Sqrt(t),
    };

    private static double[] Noisy(Func<double, double> curve, int seed) =>
        [.. Steps.Zip(Sample.Gaussian(seed, Steps.Length), (step, noise) => curve(step / (double)Steps[^1]) + (2e-3 * noise))];
}
