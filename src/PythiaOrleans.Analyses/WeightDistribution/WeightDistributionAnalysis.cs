using PythiaOrleans.Analyses.Counting;
using PythiaOrleans.Analyses.Devices;
using PythiaOrleans.Checkpoints.Families;
using PythiaOrleans.Checkpoints.Loading;
using PythiaOrleans.Core.Descriptions;
using PythiaOrleans.Core.Sweeps;
using PythiaOrleans.Core.Tables;
using PythiaOrleans.Numerics.Distributions;
using PythiaOrleans.Numerics.PowerLaws;

namespace PythiaOrleans.Analyses.WeightDistribution;

/// <summary>What shape do the weights of a matrix have: Gaussian, logistic, or with heavier tails?</summary>
/// <remarks>
/// Every weight matrix per block, and every component pooled over its blocks (empty block). Everything comes from the exact counts: the
/// histogram over ±8 standard deviations, 513 quantiles (the y values of QQ plots), maximum-likelihood fits of five distributions, and the
/// power law of the largest |w|. Log-likelihoods are per weight, in nats. Columns of fits are NaN where all values are equal.
/// </remarks>
public sealed class WeightDistributionAnalysis : Analysis<WeightDistributionAnalysis.Row>
{
    // Where the most is to be seen.
    private const string ShownFirst = "attention.query_key_value weight";

    /// <summary>One matrix's shape.</summary>
    public sealed record Row(
        [property: Column("index of the block, from 0; empty for components outside blocks and for all blocks pooled")] int? Block,
        [property: Column("kind of weight")] string Component,
        [property: Column("weight")] string Parameter,
        [property: Column("whether the row is all blocks of the component together")] bool Pooled,
        [property: Column("finite values")] long Count,
        [property: Column("mean")] double Mean,
        [property: Column("standard deviation of the population")] double Std,
        [property: Column("smallest value")] double Min,
        [property: Column("largest value")] double Max,
        [property: Column(
            "the law of largest likelihood after AIC among Gaussian, logistic, Laplace and Student's t; "
            + "empty where nothing could be fitted")]
        string BestFit,
        [property: Column("log-likelihood of the logistic law minus the Gaussian's; its zero crossing is the change of phase",
            Unit = "nats per weight")]
        double LogisticMinusGaussian,
        [property: Column("log-likelihood of the Gaussian", Unit = "nats per weight")] double GaussianLogLikelihood,
        [property: Column("Akaike's criterion of the Gaussian")] double GaussianAic,
        [property: Column("Kolmogorov-Smirnov distance of the Gaussian")] double GaussianKs,
        [property: Column("squared correlation of the quantiles with the Gaussian's")] double GaussianQqR2,
        [property: Column("location of the logistic law")] double LogisticLocation,
        [property: Column("scale of the logistic law")] double LogisticScale,
        [property: Column("log-likelihood of the logistic law", Unit = "nats per weight")] double LogisticLogLikelihood,
        [property: Column("Akaike's criterion of the logistic law")] double LogisticAic,
        [property: Column("Kolmogorov-Smirnov distance of the logistic law")] double LogisticKs,
        [property: Column("squared correlation of the quantiles with the logistic law's")] double LogisticQqR2,
        [property: Column("location of the Laplace law, the median")] double LaplaceLocation,
        [property: Column("scale of the Laplace law")] double LaplaceScale,
        [property: Column("log-likelihood of the Laplace law", Unit = "nats per weight")] double LaplaceLogLikelihood,
        [property: Column("Akaike's criterion of the Laplace law")] double LaplaceAic,
        [property: Column("Kolmogorov-Smirnov distance of the Laplace law")] double LaplaceKs,
        [property: Column("squared correlation of the quantiles with the Laplace law's")] double LaplaceQqR2,
        [property: Column("location of Student's t")] double StudentLocation,
        [property: Column("scale of Student's t")] double StudentScale,
        [property: Column("degrees of freedom of Student's t; 1000 stands for a Gaussian, NaN for more than 23 % of equal values")]
        double StudentFreedom,
        [property: Column("their standard error; NaN at the ends of the range, 0.3 and 1000")] double StudentFreedomError,
        [property: Column("log-likelihood of Student's t", Unit = "nats per weight")] double StudentLogLikelihood,
        [property: Column("Akaike's criterion of Student's t")] double StudentAic,
        [property: Column("Kolmogorov-Smirnov distance of Student's t")] double StudentKs,
        [property: Column("squared correlation of the quantiles with Student's t's")] double StudentQqR2,
        [property: Column("location of the generalised normal")] double GeneralisedNormalLocation,
        [property: Column("scale of the generalised normal")] double GeneralisedNormalScale,
        [property: Column("exponent of the generalised normal: Gaussian 2, Laplace 1")] double GeneralisedNormalShape,
        [property: Column("its standard error; NaN at the ends of the range, 0.3 and 30")] double GeneralisedNormalShapeError,
        [property: Column("log-likelihood of the generalised normal", Unit = "nats per weight")] double GeneralisedNormalLogLikelihood,
        [property: Column("Akaike's criterion of the generalised normal")] double GeneralisedNormalAic,
        [property: Column("Kolmogorov-Smirnov distance of the generalised normal")] double GeneralisedNormalKs,
        [property: Column("squared correlation of the quantiles with the generalised normal's")] double GeneralisedNormalQqR2,
        [property: Column("exponent of the power law of the largest |w|; NaN where there are too few")] double TailAlpha,
        [property: Column("standard error of the exponent")] double TailAlphaError,
        [property: Column("|w| where the power law begins")] double TailXmin,
        [property: Column("values in the tail")] long TailCount,
        [property: Column("Kolmogorov-Smirnov distance of the tail")] double TailKs,
        [property: Column("counts in 201 equal bins over 8 standard deviations either side of the mean")] long[] Histogram,
        [property: Column("values below the histogram")] long Below,
        [property: Column("values above the histogram")] long Above,
        [property: Column("counts in 201 equal bins from the smallest to the largest value")] long[] RangeHistogram,
        [property: Column("quantiles at (i - 0.5) / 513")] double[] Quantiles);

    /// <inheritdoc />
    public override IDerivedColumns DerivedColumns { get; } = new FittingLaw();

    /// <inheritdoc />
    protected override AnalysisDescription Describe() => new()
    {
        Name = "weight-distribution",
        Version = 5, // of 4: the generalised normal's fit came to the same top by more steps, with other last digits
        Order = 3,
        Title = "Shape of the weight distributions",
        Question = "Are the weights of a matrix Gaussian, logistic, or heavier in the tails?",
        Reading = "A histogram shows all weights of a matrix in standard deviations, beside a Gaussian and a logistic "
            + "of the same deviation. Weights start on the Gaussian; where the outline lies on the dotted line in "
            + "the tails, or the likelihood difference is above zero, they have become logistic.",
        Source = "Basic facts about language models during training (Conjecture, 2023), weight histograms, fits and QQ plots",
        Columns = [],
        Plots =
        [
            new(PlotKind.Histogram, "histogram", "Histograms", "density (per standard deviation)", Logarithmic: true)
            {
                Geometry = DistributionGeometry.Histogram,
                FirstGroup = ShownFirst,
            },
            new(PlotKind.Quantiles, "quantiles", "Quantiles against the Gaussian's", "weight (standard deviations)")
            {
                Geometry = DistributionGeometry.Quantiles,
                FirstGroup = ShownFirst,
            },
            new(
                PlotKind.Series,
                "logistic_minus_gaussian",
                "Logistic minus Gaussian",
                "log-likelihood difference (nats per weight)") { FirstGroup = ShownFirst },
            new(
                PlotKind.Series,
                "student_freedom",
                "Degrees of freedom of Student's t",
                "degrees of freedom",
                Logarithmic: true) { FirstGroup = ShownFirst },
            new(
                PlotKind.Series,
                "generalised_normal_shape",
                "Exponent of the generalised normal (Gaussian 2, Laplace 1)",
                "exponent") { FirstGroup = ShownFirst },
            new(PlotKind.Series, "tail_alpha", "Exponent of the tail", "exponent") { FirstGroup = ShownFirst },
        ],
    };

    /// <inheritdoc />
    /// <remarks>Nothing but fits: the values were counted for the moments.</remarks>
    public override AnalysisWork Estimate(ModelShape shape, BatchSpec batch, long bytes) =>
        new() { Rate = WorkRate.Products, FixedSeconds = FitCost.Seconds(ParameterSizes.Matrices(shape)) };

    /// <inheritdoc />
    public override long HostBytes(ModelShape shape, bool offHalfGrid) =>
        CountingMemory.Kept(shape, offHalfGrid) + CountingMemory.Pooled(shape, offHalfGrid);

    /// <inheritdoc />
    protected override IEnumerable<Row> Measure(AnalysisInput input, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(input);
        var matrices = input.Checkpoint.Matrices;
        var single = matrices.Select(matrix => (matrix.Name, Of: (Parameter[])[matrix], Pooled: false));
        var pooled = matrices.Where(matrix => matrix.Name.Block is not null)
            .GroupBy(matrix => matrix.Name.Component)
            .Select(component => (Name: new WeightName(component.Key, null, "weight"), Of: component.ToArray(), Pooled: true));
        return CoreThreads.MapOnHost(
            [.. single, .. pooled],
            row => row.Of.Length,
            row => ToRow(row.Name, row.Pooled, ExactDistribution.Merge([.. row.Of.Select(input.Distribution)])),
            cancellationToken);
    }

    private static Row ToRow(WeightName name, bool pooled, ExactDistribution distribution)
    {
        var moments = Moments.Compute(distribution);
        var deviation = moments.Deviation;
        var grid = DistributionGeometry.Grid;
        var quantiles = Numerics.Distributions.Quantiles.Compute(distribution, grid.Probabilities);
        var tail = PowerLawFit.Fit(PowerLawSample.OfMagnitudes(distribution), PowerLawSearch.UpperHalf);
        var fits = DistributionFits.Fit(distribution, moments, quantiles, grid);
        var (histogram, below, above) = DistributionGeometry.Count(distribution, moments);
        var (range, _, _) = deviation > 0
            ? Numerics.Distributions.Histogram.Count(distribution, moments.Min, moments.Max, DistributionGeometry.Histogram.Count)
            : ([], 0, 0);
        var (gaussian, logistic, laplace, student, general) = (fits.Gaussian, fits.Logistic, fits.Laplace, fits.Student,
            fits.GeneralisedNormal);
        return new Row(
            name.Block, name.Component, name.Parameter, pooled, moments.Count, moments.Mean, deviation, moments.Min, moments.Max,
            fits.Best, logistic.LogLikelihood - gaussian.LogLikelihood,
            gaussian.LogLikelihood, gaussian.Aic, gaussian.Ks, gaussian.QqR2,
            logistic.Location, logistic.Scale, logistic.LogLikelihood, logistic.Aic, logistic.Ks, logistic.QqR2,
            laplace.Location, laplace.Scale, laplace.LogLikelihood, laplace.Aic, laplace.Ks, laplace.QqR2,
            student.Location, student.Scale, student.Shape, student.ShapeError, student.LogLikelihood, student.Aic, student.Ks,
            student.QqR2,
            general.Location, general.Scale, general.Shape, general.ShapeError, general.LogLikelihood, general.Aic, general.Ks,
            general.QqR2,
            tail.Alpha, tail.StandardError, tail.XMin, tail.Count, tail.KolmogorovSmirnov,
            histogram, below, above, range, quantiles);
    }
}
