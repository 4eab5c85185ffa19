namespace PythiaOrleans.Numerics.Distributions;

/// <summary>The laws fitted to one distribution, in its own scale.</summary>
internal sealed record LawFits(ScoredLaw Gaussian, ScoredLaw Logistic, ScoredLaw Laplace, ScoredLaw Student, ScoredLaw GeneralisedNormal)
{
    /// <summary>What is said where nothing can be fitted.</summary>
    public static LawFits None { get; } = new(ScoredLaw.None, ScoredLaw.None, ScoredLaw.None, ScoredLaw.None, ScoredLaw.None);

    /// <summary>The name of the law of largest likelihood after AIC, among the four that have a name of their own: the generalised normal joins two of them, and measures shape.</summary>
    public string Best => new[] { Gaussian, Logistic, Laplace, Student }.MinBy(law => law.Aic)!.Name;

    /// <summary>Fits all; none where all values are equal.</summary>
    public static LawFits Fit(ExactDistribution distribution, Moments moments, double[] quantiles)
    {
        var (mean, deviation) = (moments.Mean, moments.Deviation);
        if (!(deviation > 0))
        {
            return None;
        }

        var sample = WeightedSample.Standardise(distribution, mean, deviation);
        var median = Quantiles.Compute(distribution, [0.5])[0];
        return new LawFits(
            Scored(Laws.Gaussian()),
            Scored(Laws.Logistic(sample)),
            Scored(Laws.Laplace(sample, (median - mean) / deviation)),
            Scored(StudentLaw.Fit(sample)),
            Scored(Distributions.GeneralisedNormal.Fit(sample, (median - mean) / deviation)));

        ScoredLaw Scored(Law law) => new(
            law.Name, mean + (law.Location * deviation), law.Scale * deviation, law.Shape, law.ShapeError, law.LogLikelihood - Math.Log(deviation),
            law.Aic(moments.Count, deviation), law.Distance(sample), Quantiles.RSquared(quantiles, law.Quantiles));
    }
}

/// <summary>A fitted law with its scores, in the values' own scale.</summary>
internal sealed record ScoredLaw(
    string Name, double Location, double Scale, double Shape, double ShapeError, double LogLikelihood, double Aic, double Ks, double QqR2)
{
    /// <summary>No law.</summary>
    public static ScoredLaw None { get; } = new("", double.NaN, double.NaN, double.NaN, double.NaN, double.NaN, double.NaN, double.NaN, double.NaN);
}
