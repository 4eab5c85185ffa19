using System.Globalization;
using PythiaOrleans.Analyses.Counting;
using PythiaOrleans.Analyses.Devices;
using PythiaOrleans.Checkpoints.Families;
using PythiaOrleans.Checkpoints.Loading;
using PythiaOrleans.Core.Descriptions;
using PythiaOrleans.Core.Sweeps;
using PythiaOrleans.Core.Tables;
using PythiaOrleans.Numerics.PowerLaws;

namespace PythiaOrleans.Analyses.WeightTails;

/// <summary>Is the tail of a weight matrix a power law, and how well is its exponent known?</summary>
/// <remarks>
/// The recipe of Clauset, Shalizi and Newman 2009 whole: xmin from the whole sample, goodness of fit by a semi-parametric bootstrap, the
/// error of α by resampling with xmin chosen again, and Vuong's comparison with the exponential and the lognormal on the same tail.
/// Matrices of more than <see cref="PowerLawBootstrap.MaxValues"/> values are thinned out at random, seeded by the matrix's name.
/// </remarks>
public sealed class WeightTailsAnalysis : Analysis<WeightTailsAnalysis.Row>
{
    /// <summary>Samples of each bootstrap: p in steps of 0.01.</summary>
    internal const int Draws = 100;

    // Drawing and sorting a value of a bootstrap sample, and its share of the search for xmin; two samples a draw.
    private const double SecondsPerValue = 2 * 0.25e-6;

    /// <summary>One matrix.</summary>
    public sealed record Row(
        [property: Column("index of the block, from 0; empty for components outside blocks")] int? Block,
        [property: Column("kind of weight")] string Component,
        [property: Column("weight")] string Parameter,
        [property: Column("finite weights other than zero")] long Count,
        [property: Column("how many of them were looked at")] long SampleCount,
        [property: Column("exponent of the density of |w|; NaN where there are too few values")] double Alpha,
        [property: Column("its standard deviation over samples drawn with replacement, xmin chosen again each time")] double AlphaError,
        [property: Column("|w| where the tail begins")] double Xmin,
        [property: Column("share of the values in the tail")] double TailShare,
        [property: Column("Kolmogorov-Smirnov distance of the tail from the law")] double Ks,
        [property: Column("share of samples of the law itself that lie as far from their fit: below 0.1 the law is ruled out")] double P,
        [property: Column("Vuong's normalised likelihood ratio; positive favours the power law")] double VsExponential,
        [property: Column("its two-sided p value")] double VsExponentialP,
        [property: Column("Vuong's normalised likelihood ratio; positive favours the power law")] double VsLognormal,
        [property: Column("its two-sided p value")] double VsLognormalP);

    /// <inheritdoc />
    protected override AnalysisDescription Describe() => new()
    {
        Name = "weight-tails",
        Version = 2, // of 1: the search for the lognormal law stopped short, and a true power law was preferred to it
        Order = 3,
        ByDefault = false,
        Title = "Tails of the weight matrices",
        Question = "Is the tail of a weight matrix a power law, and how well is its exponent known?",
        Reading = "Where p is below 0.1 a power law is ruled out. The error of the exponent knows that the start of the tail was "
            + "chosen by the fit, so it is larger than the textbook's.",
        Source = "Clauset, Shalizi and Newman 2009, Power-law distributions in empirical data",
        Columns = [],
        Parameters = new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["draws"] = Draws.ToString(CultureInfo.InvariantCulture),
            ["values"] = PowerLawBootstrap.MaxValues.ToString(CultureInfo.InvariantCulture),
        },
        Plots =
        [
            new(PlotKind.Series, "p", "Goodness of fit of a power law", "p"),
            new(PlotKind.Series, "alpha", "Exponent of the tail, from the whole sample", "exponent"),
            new(PlotKind.Series, "alpha_error", "Error of the exponent, xmin chosen again", "exponent"),
            new(PlotKind.Series, "tail_share", "Share of the weights in the tail", "share", Logarithmic: true),
            new(PlotKind.Series, "vs_lognormal", "Power law against lognormal", "normalised log-likelihood ratio"),
        ],
    };

    /// <inheritdoc />
    public override AnalysisWork Estimate(ModelShape shape, BatchSpec batch, long bytes) => new()
    {
        Rate = WorkRate.Products,
        FixedSeconds = ParameterSizes.Matrices(shape)
            .Sum(size => Draws * SecondsPerValue * Math.Min(PowerLawBootstrap.MaxValues, (double)size[0] * size[1])),
    };

    /// <inheritdoc />
    public override long HostBytes(ModelShape shape, bool offHalfGrid) => CountingMemory.Kept(shape, offHalfGrid);

    /// <inheritdoc />
    protected override IEnumerable<Row> Measure(AnalysisInput input, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(input);
        var matrices = input.Checkpoint.Matrices;
        return CoreThreads.MapOnHost(
            matrices, parameter => Math.Min(parameter.Tensor.Count, PowerLawBootstrap.MaxValues), ToRow, cancellationToken);

        Row ToRow(Parameter parameter)
        {
            var seed = ValueOrder.Seed(parameter.Name);
            var all = PowerLawSample.OfMagnitudes(input.Distribution(parameter));
            var values = all.Thin(PowerLawBootstrap.MaxValues, seed);
            var sample = PowerLawSample.OfDescending(values);
            var fit = PowerLawFit.Fit(sample, PowerLawSearch.WholeSample);
            var bootstrap = PowerLawBootstrap.Test(values, PowerLawSearch.WholeSample, fit, Draws, seed, cancellationToken);
            var (exponential, lognormal) = PowerLawAlternatives.Compare(sample, fit);
            var (name, tail) = (parameter.Name, sample.Total == 0 ? double.NaN : fit.Count / (double)sample.Total);
            return new Row(
                name.Block, name.Component, name.Parameter, all.Total, sample.Total, fit.Alpha, bootstrap.AlphaError, fit.XMin, tail,
                fit.KolmogorovSmirnov, bootstrap.P, exponential.Ratio, exponential.P, lognormal.Ratio, lognormal.P);
        }
    }
}
