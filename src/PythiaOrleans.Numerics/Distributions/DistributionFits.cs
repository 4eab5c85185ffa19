namespace PythiaOrleans.Numerics.Distributions;

/// <summary>The distributions fitted to one set of values, in the values' own scale.</summary>
/// <param name="Gaussian">Mean and deviation.</param>
/// <param name="Logistic">Location and scale.</param>
/// <param name="Laplace">Median and mean distance from it.</param>
/// <param name="Student">Student's t: location, scale and degrees of freedom; none where one value is so frequent that it has no likeliest
/// law.</param>
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
    public string Best =>
        new[] { Gaussian, Logistic, Laplace, Student }.Where(fit => !double.IsNaN(fit.Aic)).MinBy(fit => fit.Aic)?.Name ?? "";

    /// <summary>Fits all by maximum likelihood; <see cref="None"/> where all values are equal.</summary>
    /// <param name="distribution">The values.</param>
    /// <param name="moments">Their moments.</param>
    /// <param name="quantiles">Their quantiles at the probabilities of the grid.</param>
    /// <param name="grid">Where quantiles are compared.</param>
    public static DistributionFits Fit(ExactDistribution distribution, Moments moments, double[] quantiles, QuantileGrid grid) =>
        Fit(distribution, moments, grid, quantiles);

    /// <summary>
    /// Fits the four with a name of their own, for their likelihoods alone: without the generalised normal and without distances, which
    /// take most of the time.
    /// </summary>
    /// <inheritdoc cref="Fit(ExactDistribution, Moments, double[], QuantileGrid)"/>
    public static DistributionFits FitNamed(ExactDistribution distribution, Moments moments, QuantileGrid grid) =>
        Fit(distribution, moments, grid, quantiles: null);

    // Distances are measured where the values' quantiles are given.
    private static DistributionFits Fit(ExactDistribution distribution, Moments moments, QuantileGrid grid, double[]? quantiles)
    {
        ArgumentNullException.ThrowIfNull(moments);
        var (mean, deviation) = (moments.Mean, moments.Deviation);
        if (!(deviation > 0))
        {
            return None;
        }

        var (sample, median, unit) = WeightedSample.InUnitsOfItsBulk(distribution, deviation);
        return new DistributionFits(
            Score(MaximumLikelihood.Gaussian((mean - median) / unit, deviation / unit, grid)),
            Score(MaximumLikelihood.Logistic(sample, grid)),
            Score(MaximumLikelihood.Laplace(sample, 0, grid)),
            Score(StudentTDistribution.Fit(sample, grid)),
            Score(quantiles is null ? null : Distributions.GeneralisedNormal.Fit(sample, 0, grid)));

        ScoredDistribution Score(DistributionFit? fit) => fit is null ? ScoredDistribution.None : new(
            fit.Name,
            median + (fit.Location * unit),
            fit.Scale * unit,
            fit.Shape,
            fit.ShapeError,
            fit.LogLikelihood - Math.Log(unit),
            fit.Aic(moments.Count, unit),
            quantiles is null ? double.NaN : fit.KolmogorovSmirnov(sample),
            quantiles is null ? double.NaN : Quantiles.RSquared(quantiles, fit.Quantiles));
    }
}
