using MathNet.Numerics.Distributions;

namespace PythiaOrleans.Numerics.Distributions;

/// <summary>Maximum-likelihood fits of Gaussian, logistic and Laplace distributions.</summary>
internal static class MaximumLikelihood
{
    private const int MaxNewtonSteps = 100;
    private const int CoarseCells = 256;
    private const int MaxHalvings = 60;

    // Newton's decrement, 2 times what a step gains for each value: below, the whole step is a good one.
    private const double SmallGain = 0.01;

    // Newton's next step would be its square.
    private const double Tolerance = 1e-8;

    private static readonly CumulativeTable GaussianTable = new(static z => Normal.CDF(0, 1, z), static z => Normal.PDF(0, 1, z), 4097);

    /// <summary>The Gaussian of a sample's mean and deviation.</summary>
    public static DistributionFit Gaussian(double mean, double deviation, QuantileGrid grid) => new(
        "gaussian", mean, deviation, double.NaN, 2, -0.5 * (1 + Math.Log(2 * Math.PI)) - Math.Log(deviation), GaussianTable.At,
        () => grid.Gaussian);

    /// <summary>Newton's method on Σ tanh(z/2) = 0, Σ z tanh(z/2) = n.</summary>
    public static DistributionFit Logistic(WeightedSample sample, QuantileGrid grid)
    {
        // The coarsened sample brings it close; the last steps are the whole sample's.
        var near = LogisticOptimum(sample.Coarsen(CoarseCells), (0.0, Math.Sqrt(3) / Math.PI));
        var (location, scale) = LogisticOptimum(sample, near);
        return new DistributionFit(
            "logistic", location, scale, double.NaN, 2, -Math.Log(scale) - sample.LogisticEnergy(location, scale),
            static z => 1 / (1 + Math.Exp(-z)), () => grid.Logistic);
    }

    /// <summary>The median and the mean distance from it.</summary>
    public static DistributionFit Laplace(WeightedSample sample, double median, QuantileGrid grid)
    {
        var scale = sample.MeanAbsolute(median);
        return new DistributionFit(
            "laplace", median, scale, double.NaN, 2, -Math.Log(2 * scale) - 1,
            static z => z < 0 ? 0.5 * Math.Exp(z) : 1 - (0.5 * Math.Exp(-z)), () => grid.Laplace);
    }

    // The log-likelihood n ln θ − Σ g(θx − η) is concave in θ = 1/scale and η = location/scale, so that Newton's steps lead to its top
    // from anywhere if long ones are halved until the likelihood rises.
    private static (double Location, double Scale) LogisticOptimum(WeightedSample sample, (double Location, double Scale) start)
    {
        var (location, scale) = start;
        for (var step = 0; step < MaxNewtonSteps; step++)
        {
            // In η and ln θ, seen from the present location, where η is 0.
            var (t, zt, q, zq, zzq) = sample.LogisticSums(location, scale);
            var (total, rest) = (sample.Total, sample.Total - zt);
            var determinant = (q * (total + zzq)) - (zq * zq);
            var moveEta = ((t * (total + zzq)) + (rest * zq)) / determinant;
            var moveTheta = ((t * zq) + (rest * q)) / determinant;
            var gain = ((t * moveEta) + (rest * moveTheta)) / total;
            var next = Moved(1);
            if (gain > SmallGain)
            {
                var before = LogLikelihood(location, scale);
                for (var half = 1; half <= MaxHalvings && !(next.Scale > 0 && LogLikelihood(next.Location, next.Scale) > before); half++)
                {
                    next = Moved(Math.Pow(0.5, half));
                }
            }

            var moved = Math.Abs(next.Location - location) + Math.Abs(next.Scale - scale);
            (location, scale) = next;
            if (moved < Tolerance * scale)
            {
                break;
            }

            (double Location, double Scale) Moved(double part)
            {
                var width = scale / (1 + (part * moveTheta));
                return (location + (part * moveEta * width), width);
            }
        }

        return (location, scale);

        double LogLikelihood(double atLocation, double atScale) => -Math.Log(atScale) - sample.LogisticEnergy(atLocation, atScale);
    }
}
