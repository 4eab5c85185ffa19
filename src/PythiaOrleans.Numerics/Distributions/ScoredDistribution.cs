namespace PythiaOrleans.Numerics.Distributions;

/// <summary>A fitted distribution with its scores, in the values' own scale.</summary>
/// <param name="Name"><c>gaussian</c>, <c>logistic</c>, <c>laplace</c>, <c>student-t</c> or <c>generalised-normal</c>; empty where nothing
/// was fitted.</param>
/// <param name="Location">In the unit of the values.</param>
/// <param name="Scale">In the unit of the values.</param>
/// <param name="Shape">Degrees of freedom of Student's t, β of the generalised normal; NaN for the others.</param>
/// <param name="ShapeError">The standard error of <paramref name="Shape"/>; NaN where there is none.</param>
/// <param name="LogLikelihood">Nats for each value.</param>
/// <param name="Aic">Akaike's criterion, 2k − 2 log L.</param>
/// <param name="Ks">The Kolmogorov-Smirnov distance, in [0, 1].</param>
/// <param name="QqR2">The squared correlation of the sample's quantiles with the distribution's, in [0, 1].</param>
public sealed record ScoredDistribution(
    string Name,
    double Location,
    double Scale,
    double Shape,
    double ShapeError,
    double LogLikelihood,
    double Aic,
    double Ks,
    double QqR2)
{
    /// <summary>Nothing was fitted.</summary>
    public static ScoredDistribution None { get; } =
        new("", double.NaN, double.NaN, double.NaN, double.NaN, double.NaN, double.NaN, double.NaN, double.NaN);
}
