using PythiaOrleans.Analyses.Decompositions;
using PythiaOrleans.Analyses.WeightSpectrum;
using PythiaOrleans.Checkpoints.Families;
using PythiaOrleans.Numerics.Distributions;
using PythiaOrleans.Numerics.RandomMatrices;
using PythiaOrleans.Testing;
using TorchSharp;
using static TorchSharp.torch;

namespace PythiaOrleans.Analyses.Tests;

public sealed class SpectrumTests
{
    /// <summary>
    /// Gaussian matrices of several aspect ratios look random; what exceeds the 99 % edge does so once in a hundred times.
    /// </summary>
    [Fact]
    public void GaussianMatrices_FollowMarchenkoPasturAndHaveNoOutliers()
    {
        var outliers = 0;
        for (var draw = 0; draw < 100; draw++)
        {
            var (rows, columns) = (draw % 3) switch { 0 => (128, 128), 1 => (256, 128), _ => (512, 96) };
            var values = Values(Gaussian(rows, columns, seed: draw));
            var (law, eigenvalues) = EigenvaluesOf(values, rows, columns);
            // the 1 % critical value of as many independent values
            Assert.InRange(law.KolmogorovSmirnov(eigenvalues), 0, 1.63 / Math.Sqrt(columns));
            outliers += values.Count(value => value > law.OutlierEdge);
        }

        Assert.InRange(outliers, 0, 5); // 1 expected; 6 or more in fewer than one case of a thousand
    }

    /// <summary>What rounding left of zeros has no slope: of rank r only the first r values are looked at, of rank one none.</summary>
    [Theory]
    [InlineData(1, double.NaN)]
    [InlineData(11, double.NaN)] // of the ranks from 10 on, one
    [InlineData(12, -1)]
    [InlineData(50, -1)]
    [InlineData(100, -1)]
    public void LogLogSlope_LeavesOutWhatIsBelowTheNumericalRank(int rank, double expected)
    {
        var values = Enumerable.Range(1, 100).Select(i => i <= rank ? 1.0 / i : 2e-17 / i).ToArray();
        Assert.Equal(expected, WeightSpectrumAnalysis.LogLogSlope(values, 300), 1e-12);
    }

    [Fact]
    public void PlantedSpikesOfRankThree_AreThreeOutliers()
    {
        const int rows = 300, columns = 120;
        var matrix = Gaussian(rows, columns, seed: 7);
        var random = new Random(8);
        for (var spike = 0; spike < 3; spike++)
        {
            var (u, v) = (Unit(random, rows), Unit(random, columns));
            for (var i = 0; i < rows; i++)
            {
                for (var j = 0; j < columns; j++)
                {
                    matrix[i, j] += (50 + (10 * spike)) * u[i] * v[j];
                }
            }
        }

        var values = Values(matrix);
        Assert.Equal(3, values.Count(value => value > EigenvaluesOf(values, rows, columns).Law.OutlierEdge));
    }

    [Theory]
    [InlineData(60, 60)]
    [InlineData(90, 30)]
    [InlineData(30, 90)]
    public void SingularValues_AreThoseOfADenseDecomposition(int rows, int columns)
    {
        using var scope = NewDisposeScope();
        var matrix = tensor(Gaussian(rows, columns, seed: rows)).to(TestDevice.Device.Torch);
        var expected = linalg.svdvals(matrix).cpu().data<double>().ToArray();
        var found = SingularValues.Compute(matrix);
        Assert.Equal(expected.Length, found.Length);
        foreach (var (wanted, value) in expected.Zip(found))
        {
            Assert.Equal(wanted, value, 1e-5 * wanted);
        }
    }

    /// <summary>Several pieces of columns and of rows, standing and lying.</summary>
    [Theory]
    [InlineData(9000, 400)]
    [InlineData(400, 9000)]
    [InlineData(577, 577)]
    public void Gram_LowerTriangleIsThatOfTheWholeProduct(int rows, int columns)
    {
        using var scope = NewDisposeScope();
        var matrix = tensor(Gaussian(rows, columns, seed: rows)).to(float32);
        var tall = Gram.Tall(matrix).to(float64);
        var difference = (Gram.OfSmallerSide(matrix).tril() - tall.t().mm(tall).tril()).abs().max().item<double>();
        Assert.InRange(difference, 0, 1e-9);
    }

    /// <summary>Beyond a condition of a million the Gram matrix would have lost the smallest values.</summary>
    [Fact]
    public void SingularValues_OfANearlySingularMatrix_KeepTheSmallest()
    {
        using var scope = NewDisposeScope();
        var left = linalg.qr(tensor(Gaussian(40, 40, seed: 1))).Q;
        var right = linalg.qr(tensor(Gaussian(40, 40, seed: 2))).Q;
        var planted = Enumerable.Range(0, 40).Select(i => Math.Pow(10, -i / 4.0)).ToArray();
        var found = SingularValues.Compute(left.mm(diag(tensor(planted))).mm(right).to(TestDevice.Device.Torch));
        foreach (var (wanted, value) in planted.Zip(found))
        {
            Assert.Equal(wanted, value, 1e-5 * wanted);
        }
    }

    /// <summary>q, k and v of a fused matrix, found by hand from the rows' order (head, part, dimension).</summary>
    [Fact]
    public void Spectrum_OfAFusedMatrix_HasItsPartsApart()
    {
        var shape = ActivationTests.Shape(16, 1, 2);
        using var model = new RandomModel(shape, seed: 4);
        var table = new WeightSpectrumAnalysis().Run(model.Input, TestContext.Current.CancellationToken);
        var fused = model.Weights[new WeightName(Components.QueryKeyValue, 0, "weight")];
        foreach (var (component, part) in new[] { (Components.Query, 0), (Components.Key, 1), (Components.Value, 2) })
        {
            var rows = Enumerable.Range(0, 48).Where(row => row / 8 % 3 == part).SelectMany(row => fused[(row * 16)..((row + 1) * 16)])
                .ToArray();
            using var scope = NewDisposeScope();
            var expected = linalg.svdvals(tensor(rows).view(16, 16)).data<double>().ToArray();
            var found = (double[])table["singular_values"].Cells[Array.IndexOf([.. table["component"].Cells], component)]!;
            Assert.Equal(expected[0], found[0], 1e-6 * expected[0]);
            Assert.Equal(expected[^1], found[^1], 1e-5 * expected[0]);
        }

        Assert.Equal(2 + 4 + 3, table.Count);
        Assert.All(Enumerable.Range(0, table.Count),
            row => Assert.InRange(table["stable_rank"].Number(row), 1, table["effective_rank"].Number(row)));
    }

    private static double[,] Gaussian(int rows, int columns, int seed)
    {
        var values = Sample.Gaussian(1000 + seed, rows * columns);
        var matrix = new double[rows, columns];
        Buffer.BlockCopy(values, 0, matrix, 0, values.Length * sizeof(double));
        return matrix;
    }

    private static double[] Unit(Random random, int length)
    {
        var values = Enumerable.Range(0, length).Select(_ => random.NextDouble() - 0.5).ToArray();
        var norm = Math.Sqrt(values.Sum(value => value * value));
        return Array.ConvertAll(values, value => value / norm);
    }

    private static double[] Values(double[,] matrix)
    {
        using var held = tensor(matrix, device: TestDevice.Device.Torch);
        return SingularValues.Compute(held);
    }

    private static (MarchenkoPastur Law, double[] Eigenvalues) EigenvaluesOf(double[] values, int rows, int columns)
    {
        var squares = Array.ConvertAll(values, value => value * value);
        return (new MarchenkoPastur(rows, columns, squares.Sum() / ((double)rows * columns)),
            Array.ConvertAll(squares, square => square / rows));
    }
}
