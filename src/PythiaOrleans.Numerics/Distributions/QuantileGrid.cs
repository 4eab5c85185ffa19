using MathNet.Numerics.Distributions;

namespace PythiaOrleans.Numerics.Distributions;

/// <summary>The probabilities at which quantiles are compared, with the quantiles of the standard distributions there.</summary>
public sealed class QuantileGrid
{
    /// <summary>Computes the quantiles of the standard distributions.</summary>
    /// <param name="probabilities">Ascending, between 0 and 1 without the ends.</param>
    public QuantileGrid(double[] probabilities)
    {
        ArgumentNullException.ThrowIfNull(probabilities);
        Probabilities = probabilities;
        Gaussian = Array.ConvertAll(probabilities, p => Normal.InvCDF(0, 1, p));
        Logistic = Array.ConvertAll(probabilities, p => Math.Log(p / (1 - p)));
        Laplace = Array.ConvertAll(probabilities, p => p < 0.5 ? Math.Log(2 * p) : -Math.Log(2 * (1 - p)));
    }

    /// <summary>Ascending, between 0 and 1.</summary>
    public double[] Probabilities { get; }

    /// <summary>Of the Gaussian with mean 0 and deviation 1.</summary>
    internal double[] Gaussian { get; }

    /// <summary>Of the logistic distribution with location 0 and scale 1.</summary>
    internal double[] Logistic { get; }

    /// <summary>Of the Laplace distribution with location 0 and scale 1.</summary>
    internal double[] Laplace { get; }
}
