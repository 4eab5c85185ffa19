namespace PythiaOrleans.Numerics.Distributions;

/// <summary>The distributions fitted to one set of values, in the values' own scale.</summary>
/// <param name="Gaussian">Mean and deviation.</param>
/// <param name="Logistic">Location and scale.</param>
/// <param name="Laplace">Median and mean distance from it.</param>
/// <param name="Student">Student's t: location, scale and degrees of freedom.</param>
/// <param name="GeneralisedNormal">Location, scale and exponent.</param>
public sealed record DistributionFits(
    ScoredDistribution Gaussian,
    ScoredDistribution Logistic,
    ScoredDistribution Laplace,
    ScoredDistribution Student,
    ScoredDistribution GeneralisedNormal)
{
    /// <summary>Where nothing can be fitted.</summary>
    public static DistributionFits None { get; } =
        new(ScoredDistribution.None, ScoredDistribution.None, ScoredDistribution.None, ScoredDistribution.None, ScoredDistribution.None);

    /// <summary>
    /// The name of the one with the smallest AIC among the four with a name of their own; empty where nothing was fitted.
    /// </summary>
    /// <remarks>The generalised normal stays out: it joins two of the others, and serves to measure the shape.</remarks>
    public string Best => new[] { Gaussian, Logistic, Laplace, Student }.MinBy(fit => fit.Aic)!.Name;

    /// <summary>Fits all by maximum likelihood; <see cref="None"/> where all values are equal.</summary>
    /// <param name="distribution">The values.</param>
    /// <param name="moments">Their moments.</param>
    /// <param name="quantiles">Their quantiles at the probabilities of the grid.</param>
    /// <param name="grid">Where quantiles are compared.</param>
    public static DistributionFits Fit(ExactDistribution distribution, Moments moments, double[] quantiles, QuantileGrid grid)
    {
        ArgumentNullException.ThrowIfNull(moments);
        var (mean, deviation) = (moments.Mean, moments.Deviation);
        if (!(deviation > 0))
        {
            return None;
        }

        var sample = WeightedSample.Standardise(distribution, mean, deviation);
        var median = (Quantiles.Compute(distribution, [0.5])[0] - mean) / deviation;
        return new DistributionFits(
            Score(MaximumLikelihood.Gaussian(grid)),
            Score(MaximumLikelihood.Logistic(sample, grid)),
            Score(MaximumLikelihood.Laplace(sample, median, grid)),
            Score(StudentTDistribution.Fit(sample, grid)),
            Score(Distributions.GeneralisedNormal.Fit(sample, median, grid)));

        ScoredDistribution Score(DistributionFit fit) => new(
            fit.Name,
            mean + (fit.Location * deviation),
            fit.Scale * deviation,
            fit.Shape,
            fit.ShapeError,
            fit.LogLikelihood - Math.Log(deviation),
            fit.Aic(moments.Count, deviation),
            fit.KolmogorovSmirnov(sample),
            Quantiles.RSquared(quantiles, fit.Quantiles));
    }
}
