using PythiaOrleans.Analyses.RepresentationGeometry;
using PythiaOrleans.Core.Tables;
using PythiaOrleans.Numerics.Geometry;
using TorchSharp;
using static TorchSharp.torch;

namespace PythiaOrleans.Analyses.Tests;

public sealed class GeometryTests
{
    private const int Rows = 2;
    private const int Length = 9;
    private const double Tolerance = 1e-4; // of a float32 pass against plain loops in float64

    public static TheoryData<string> Families { get; } = ["gpt_neox", "gpt2", "llama, tied and shared", "olmo2"];

    /// <summary>The states of plain loops, decomposed as they are and compared pair by pair.</summary>
    [Theory]
    [MemberData(nameof(Families))]
    public void Measures_OfAFamily_AreThoseOfPlainLoops(string family)
    {
        using var model = MemoryPlanTests.Model(family);
        var d = model.Shape.HiddenSize;
        var table = Run(model);
        var streams = ActivationTests.Settings(Rows, Length).Batch.RowsFor(model.Checkpoint)
            .Select(row => model.Loop([.. row.Select(token => (int)token)])).ToArray();
        Assert.Equal(model.Shape.Blocks + 2, table.Count);
        for (var place = 0; place <= model.Shape.Blocks; place++)
        {
            var states = streams.SelectMany(row => row[place].Chunk(d).Skip(1)).ToArray();
            var (centred, values) = Decompose(states);
            var share = values.Select(value => value / values.Sum()).Where(value => value > 0).ToArray();
            var squares = values.Select(value => value * value).ToArray();
            Assert.Equal(states.Length, table["points"].Number(place));
            Assert.Equal(0, table["non_finite"].Number(place));
            AssertClose(Math.Exp(-share.Sum(p => p * Math.Log(p))), "rank_me");
            AssertClose(squares.Sum() * squares.Sum() / squares.Sum(square => square * square), "participation_ratio");
            AssertClose(Slope([.. squares.Skip(10).Take(40)]), "alpha_req");
            AssertClose(Pairs(states.Length).Average(pair => Cosine(states[pair.A], states[pair.B])), "anisotropy");
            AssertClose(Neighbours(states), "intrinsic_dimension");
            var kernel = Pairs(states.Length).Select(pair => Dot(centred[pair.A], centred[pair.B])).ToArray();
            var largest = kernel.Max(Math.Abs);
            Assert.Equal(
                kernel.Select(value => value / largest),
                ((float[])table["kernel"].Cells[place]!).Select(value => (double)value),
                (a, b) => Math.Abs(a - b) < 1e-3); // half precision

            void AssertClose(double wanted, string column)
            {
                var found = table[column].Number(place);
                var isClose = Math.Abs(wanted - found) <= Tolerance * Math.Max(1, Math.Abs(wanted));
                Assert.True(double.IsNaN(wanted) ? double.IsNaN(found) : isClose, $"{column} at {place}: expected {wanted}, found {found}");
            }
        }

        Assert.Equal("final_layer_norm", table["component"].Cells[^1]);
    }

    /// <summary>States on three directions of 32 have three singular values.</summary>
    [Fact]
    public void StatesOfRankThree_UseThreeDirections()
    {
        using var scope = NewDisposeScope();
        var geometry = Measure(Random(1, 400, 3).mm(Random(2, 3, 32)));
        Assert.InRange(geometry.RankMe, 2, 3.0001);
        Assert.InRange(geometry.ParticipationRatio, 1.5, 3);
        Assert.InRange(geometry.IntrinsicDimension, 2, 4);
        Assert.True(double.IsNaN(geometry.AlphaReq)); // rounding is all that is left of the eleventh eigenvalue
        var full = Measure(Random(1, 4000, 32));
        Assert.InRange(full.RankMe, 31.9, 32);
        Assert.InRange(full.Anisotropy, -0.001, 0.001);
    }

    /// <summary>Rotated and scaled, a stream has the same geometry, and its similarities are the same.</summary>
    [Fact]
    public void RotatedAndScaledStates_HaveTheSameGeometry()
    {
        using var scope = NewDisposeScope();
        var states = Random(3, 300, 24).mul(arange(1, 25).to(float32).reciprocal());
        var (rotation, _) = linalg.qr(Random(4, 24, 24));
        var (before, after) = (Measure(states), Measure(states.mm(rotation).mul(7)));
        Assert.Equal(before.RankMe, after.RankMe, 1e-3);
        Assert.Equal(before.ParticipationRatio, after.ParticipationRatio, 1e-3);
        Assert.Equal(before.AlphaReq, after.AlphaReq, 1e-3);
        Assert.Equal(before.Anisotropy, after.Anisotropy, 1e-3);
        Assert.Equal(before.IntrinsicDimension, after.IntrinsicDimension, 1e-2);
        Assert.Equal(1, KernelAlignment.Compute(before.Kernel, after.Kernel)!.Value, 1e-4);
        Assert.Equal(0, KernelAlignment.Compute(before.Kernel, Measure(Random(5, 300, 24)).Kernel)!.Value, 0.03);
    }

    /// <summary>A constant part that all states share makes them point the same way and changes nothing else.</summary>
    [Fact]
    public void SharedPart_ChangesTheAnisotropyAlone()
    {
        using var scope = NewDisposeScope();
        var states = Random(6, 300, 24);
        var (plain, shifted) = (Measure(states), Measure(states + 10));
        Assert.InRange(shifted.Anisotropy, 0.98, 1);
        Assert.Equal(plain.RankMe, shifted.RankMe, 1e-3);
        Assert.Equal(1, KernelAlignment.Compute(plain.Kernel, shifted.Kernel)!.Value, 1e-4);
    }

    [Fact]
    public void StatesWithANaN_SaySoAndNothingElse()
    {
        using var scope = NewDisposeScope();
        var states = Random(7, 50, 8);
        states[3, 4] = float.NaN;
        var geometry = Measure(states);
        Assert.Equal(1, geometry.NonFinite);
        Assert.True(double.IsNaN(geometry.RankMe) && double.IsNaN(geometry.Anisotropy));
        Assert.Empty(geometry.Kernel);
    }

    [Theory]
    [InlineData(10, 10)]
    [InlineData(256, 256)]
    [InlineData(4088, 256)]
    public void KeptPositions_AreSpreadOverAll(int points, int kept)
    {
        var chosen = PlaceGeometry.Choose(points);
        Assert.Equal(kept, chosen.Distinct().Count());
        Assert.Equal(chosen.Order(), chosen);
        Assert.InRange(chosen[^1], points - 1 - (points / kept), points - 1);
    }

    /// <summary>Places are compared with the same places: of the final checkpoint, and of the step before.</summary>
    [Fact]
    public void KernelColumns_CompareEachPlaceWithItself()
    {
        using var first = new RandomModel(ActivationTests.Shape(24, 3, 3), seed: 4);
        using var second = new RandomModel(ActivationTests.Shape(24, 3, 3), seed: 5);
        var (a, b) = (Run(first), Run(second));
        var columns = new KernelColumns().Derive(a, b, a).ToDictionary(column => column.Schema.Name);
        for (var place = 0; place < a.Count; place++)
        {
            Assert.Equal(1, columns["cka_previous"].Number(place), 1e-6);
            Assert.Equal(
                KernelAlignment.Compute((float[])a["kernel"].Cells[place]!, (float[])b["kernel"].Cells[place]!),
                (double?)columns["cka_final"].Cells[place]);
            Assert.InRange(columns["cka_final"].Number(place), -1, 0.99);
        }

        Assert.All(new KernelColumns().Derive(a, b, null)[1].Cells, Assert.Null);
    }

    private static ResultTable Run(RandomModel model) =>
        new RepresentationGeometryAnalysis(ActivationTests.Settings(Rows, Length)).Run(model.Input, TestContext.Current.CancellationToken);

    private static PlaceGeometry Measure(Tensor states)
    {
        using var geometry = new PlaceGeometry(states.to(TestDevice.Device.Torch).clone());
        geometry.MeasureSpectrum();
        geometry.MeasureKernel();
        return geometry;
    }

    private static Tensor Random(int seed, int rows, int columns)
    {
        var random = new Random(seed);
        return tensor(Enumerable.Range(0, rows * columns).Select(_ => (float)Gaussian()).ToArray(), [rows, columns]);

        double Gaussian() => Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());
    }

    private static (double[][] Centred, double[] Values) Decompose(double[][] states)
    {
        using var scope = NewDisposeScope();
        var mean = Enumerable.Range(0, states[0].Length).Select(i => states.Average(state => state[i])).ToArray();
        double[][] centred = [.. states.Select(state => state.Select((value, i) => value - mean[i]).ToArray())];
        var matrix = tensor(centred.SelectMany(row => row).ToArray(), [states.Length, mean.Length]);
        return (centred, linalg.svdvals(matrix).data<double>().ToArray());
    }

    // Least squares over ranks from 11 on; what a rank of n - 1 leaves as rounding does not count.
    private static double Slope(double[] squares)
    {
        var points = squares.Select((square, i) => (X: Math.Log(i + 11), Y: Math.Log(square), square)).Where(point => point.square > 1e-12)
            .ToArray();
        if (points.Length < 5)
        {
            return double.NaN;
        }

        var (n, x, y) = (points.Length, points.Sum(point => point.X), points.Sum(point => point.Y));
        return -((n * points.Sum(point => point.X * point.Y)) - (x * y)) / ((n * points.Sum(point => point.X * point.X)) - (x * x));
    }

    // Facco et al., by distances themselves.
    private static double Neighbours(double[][] states)
    {
        double[][] distinct = [.. states.DistinctBy(state => string.Join(' ', state.Select(value => value.ToString("G9", null))))];
        var ratios = distinct.Select(state =>
        {
            var near = distinct.Where(other => other != state)
                .Select(other => Math.Sqrt(state.Zip(other, (a, b) => (a - b) * (a - b)).Sum()))
                .Order().ToArray();
            return near[1] / near[0];
        }).Order().ToArray();
        var kept = ratios.Take((int)(0.9 * ratios.Length)).Select((ratio, i) =>
            (X: Math.Log(ratio), Y: -Math.Log(1 - ((i + 1.0) / ratios.Length)))).ToArray();
        return kept.Sum(point => point.X * point.Y) / kept.Sum(point => point.X * point.X);
    }

    private static IEnumerable<(int A, int B)> Pairs(int count) =>
        Enumerable.Range(0, count).SelectMany(a => Enumerable.Range(a + 1, count - a - 1), (a, b) => (a, b));

    private static double Cosine(double[] a, double[] b) => Dot(a, b) / Math.Sqrt(Dot(a, a) * Dot(b, b));

    private static double Dot(double[] a, double[] b) => a.Zip(b, (x, y) => x * y).Sum();
}
