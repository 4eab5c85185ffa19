using MathNet.Numerics.Distributions;

namespace PythiaOrleans.Numerics.Distributions;

/// <summary>Maximum-likelihood fits of Gaussian, logistic and Laplace distributions to a sample of mean 0 and deviation 1.</summary>
internal static class MaximumLikelihood
{
    private const int MaxNewtonSteps = 50;
    private const int CoarseCells = 256;

    // Newton's next step would be its square.
    private const double Tolerance = 1e-8;

    private static readonly CumulativeTable GaussianTable = new(static z => Normal.CDF(0, 1, z), static z => Normal.PDF(0, 1, z), 4097);

    /// <summary>N(0, 1): the maximum-likelihood fit of a sample of mean 0 and deviation 1.</summary>
    public static DistributionFit Gaussian(QuantileGrid grid) => new(
        "gaussian", 0, 1, double.NaN, 2, -0.5 * (1 + Math.Log(2 * Math.PI)), GaussianTable.At, grid.Gaussian);

    /// <summary>Newton's method on Σ tanh(z/2) = 0, Σ z tanh(z/2) = n.</summary>
    public static DistributionFit Logistic(WeightedSample sample, QuantileGrid grid)
    {
        // The coarsened sample brings it close; the last steps are the whole sample's.
        var near = LogisticOptimum(sample.Coarsen(CoarseCells), (0.0, Math.Sqrt(3) / Math.PI));
        var (location, scale) = LogisticOptimum(sample, near);
        return new DistributionFit(
            "logistic", location, scale, double.NaN, 2, -Math.Log(scale) - sample.LogisticEnergy(location, scale),
            static z => 1 / (1 + Math.Exp(-z)), grid.Logistic);
    }

    /// <summary>The median and the mean distance from it.</summary>
    public static DistributionFit Laplace(WeightedSample sample, double median, QuantileGrid grid)
    {
        var scale = sample.MeanAbsolute(median);
        return new DistributionFit(
            "laplace", median, scale, double.NaN, 2, -Math.Log(2 * scale) - 1,
            static z => z < 0 ? 0.5 * Math.Exp(z) : 1 - (0.5 * Math.Exp(-z)), grid.Laplace);
    }

    private static (double Location, double Scale) LogisticOptimum(WeightedSample sample, (double Location, double Scale) start)
    {
        var (location, scale) = start;
        for (var step = 0; step < MaxNewtonSteps; step++)
        {
            var (t, zt, q, zq, zzq) = sample.LogisticSums(location, scale);
            var (g1, g2) = (t, zt - sample.Total);
            var (a, b, c, d) = (-q / scale, -zq / scale, -(t + zq) / scale, -(zt + zzq) / scale);
            var determinant = (a * d) - (b * c);
            var moveLocation = ((g1 * d) - (g2 * b)) / determinant;
            var moveScale = ((g2 * a) - (g1 * c)) / determinant;
            location -= moveLocation;
            scale = Math.Max(scale - moveScale, scale / 4); // a long step must not leave the positive numbers
            if (Math.Abs(moveLocation) + Math.Abs(moveScale) < Tolerance * scale)
            {
                break;
            }
        }

        return (location, scale);
    }
}
