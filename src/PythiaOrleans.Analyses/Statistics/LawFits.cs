namespace PythiaOrleans.Analyses;

/// <summary>The four laws fitted to one distribution, in its own scale.</summary>
internal sealed record LawFits(ScoredLaw Gaussian, ScoredLaw Logistic, ScoredLaw Laplace, ScoredLaw Student)
{
    /// <summary>What is said where nothing can be fitted.</summary>
    public static LawFits None { get; } = new(ScoredLaw.None, ScoredLaw.None, ScoredLaw.None, ScoredLaw.None);

    /// <summary>The name of the law of largest likelihood after AIC.</summary>
    public string Best => new[] { Gaussian, Logistic, Laplace, Student }.MinBy(law => law.Aic)!.Name;

    /// <summary>Fits all four; none where all values are equal.</summary>
    public static LawFits Of(ExactDistribution distribution, Moments moments, double[] quantiles)
    {
        var (mean, deviation) = (moments.Mean, moments.Deviation);
        if (!(deviation > 0))
        {
            return None;
        }

        var sample = WeightedSample.Standardise(distribution, mean, deviation);
        var median = Quantiles.Of(distribution, [0.5])[0];
        return new LawFits(
            Scored(Laws.Gaussian()),
            Scored(Laws.Logistic(sample)),
            Scored(Laws.Laplace(sample, (median - mean) / deviation)),
            Scored(StudentLaw.Fit(sample)));

        ScoredLaw Scored(Law law) => new(
            law.Name, mean + (law.Location * deviation), law.Scale * deviation, law.Freedom, law.LogLikelihood - Math.Log(deviation),
            law.Aic(moments.Count, deviation), law.Distance(sample), Quantiles.RSquared(quantiles, law.Quantiles));
    }
}

/// <summary>A fitted law with its scores, in the values' own scale.</summary>
internal sealed record ScoredLaw(
    string Name, double Location, double Scale, double Freedom, double LogLikelihood, double Aic, double Ks, double QqR2)
{
    /// <summary>No law.</summary>
    public static ScoredLaw None { get; } = new("", double.NaN, double.NaN, double.NaN, double.NaN, double.NaN, double.NaN, double.NaN);
}
