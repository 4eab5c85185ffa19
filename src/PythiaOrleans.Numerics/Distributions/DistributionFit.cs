namespace PythiaOrleans.Numerics.Distributions;

/// <summary>A location-scale distribution fitted to a standardised sample by maximum likelihood.</summary>
/// <param name="Name"><c>gaussian</c>, <c>logistic</c>, <c>laplace</c>, <c>student-t</c> or <c>generalised-normal</c>.</param>
/// <param name="Location">Of the standardised sample.</param>
/// <param name="Scale">Of the standardised sample.</param>
/// <param name="Shape">Degrees of freedom of Student's t, β of the generalised normal; NaN for the others.</param>
/// <param name="Parameters">How many were fitted, for AIC.</param>
/// <param name="LogLikelihood">Per value, of the standardised sample.</param>
/// <param name="Cumulative">The distribution function of (x − location)/scale.</param>
/// <param name="ComputeQuantiles">Gives the standard distribution's quantiles at the probabilities of the grid, once one asks.</param>
internal sealed record DistributionFit(
    string Name,
    double Location,
    double Scale,
    double Shape,
    int Parameters,
    double LogLikelihood,
    Func<double, double> Cumulative,
    Func<double[]> ComputeQuantiles)
{
    /// <summary>The standard distribution's quantiles at the probabilities of the grid.</summary>
    public double[] Quantiles => field ??= ComputeQuantiles();

    /// <summary>The standard error of the shape; NaN where there is none.</summary>
    public double ShapeError { get; init; } = double.NaN;

    /// <summary>
    /// Akaike's criterion of n values, 2k − 2 log L, where the values' own scale is <paramref name="unit"/> times the standardised one.
    /// </summary>
    public double Aic(double n, double unit) => (2 * Parameters) - (2 * n * (LogLikelihood - Math.Log(unit)));

    /// <summary>The Kolmogorov-Smirnov distance from the sample.</summary>
    public double KolmogorovSmirnov(WeightedSample sample) => sample.KolmogorovSmirnov(value => Cumulative((value - Location) / Scale));
}
