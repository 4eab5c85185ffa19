using PythiaOrleans.Analyses.Counting;
using PythiaOrleans.Analyses.Devices;
using PythiaOrleans.Checkpoints.Families;
using PythiaOrleans.Checkpoints.Loading;
using PythiaOrleans.Core.Descriptions;
using PythiaOrleans.Core.Sweeps;
using PythiaOrleans.Core.Tables;
using PythiaOrleans.Numerics.Distributions;

namespace PythiaOrleans.Analyses.WeightMoments;

/// <summary>How large are the weights, and how are they spread?</summary>
/// <remarks>
/// From the exact count of bit patterns, in float64. The post's norms of components per block along training; norm is Frobenius, √Σ w².
/// Values that are not finite are counted and left out of the rest.
/// </remarks>
public sealed class WeightMomentsAnalysis : Analysis<WeightMomentsAnalysis.Row>
{
    // Looking through the counters of a matrix.
    private const double SecondsPerMatrix = 0.5e-3;

    /// <summary>One parameter's moments.</summary>
    public sealed record Row(
        [property: Column("index of the block, from 0; empty outside blocks")] int? Block,
        [property: Column("kind of weight")] string Component,
        [property: Column("weight or bias")] string Parameter,
        [property: Column("finite values")] long Count,
        [property: Column("smallest value")] double Min,
        [property: Column("largest value")] double Max,
        [property: Column("largest |w|")] double MaxAbs,
        [property: Column("mean")] double Mean,
        [property: Column("standard deviation of the population")] double Std,
        [property: Column("standard deviation with n - 1")] double StdUnbiased,
        [property: Column("Frobenius norm, root of the sum of squares")] double Norm,
        [property: Column("root mean square")] double Rms,
        [property: Column("skewness; empty (NaN) where all values are equal")] double Skewness,
        [property: Column("excess kurtosis: Gaussian 0, logistic 1.2, Laplace 3; NaN where all values are equal")] double ExcessKurtosis,
        [property: Column("share of values that are exactly 0")] double ZeroFraction,
        [property: Column("NaN and infinities, left out of the rest")] long NonFinite);

    /// <inheritdoc />
    protected override AnalysisDescription Describe() => new()
    {
        Name = "weight-moments",
        Version = 1,
        Order = 1,
        Title = "Moments and norms of every parameter",
        Question = "How large are the weights, and how are they spread?",
        Reading = "A line is one block's matrix; its norm says how large the weights are, the deviation how widely they "
            + "spread, the kurtosis how heavy their tails are. Look for a rise, a peak and a decline along "
            + "training, and for blocks that leave the others.",
        Source = "Basic facts about language models during training (Conjecture, 2023), norms over training",
        Columns = [],
        Plots =
        [
            new(PlotKind.Series, "norm", "Norm", "Frobenius norm"),
            new(PlotKind.Series, "std", "Standard deviation", "standard deviation"),
            new(PlotKind.Series, "max_abs", "Largest weight", "max |w|", Logarithmic: true),
            new(PlotKind.Series, "excess_kurtosis", "Excess kurtosis (Gaussian 0, logistic 1.2)", "excess kurtosis"),
        ],
    };

    /// <inheritdoc />
    public override AnalysisWork Estimate(ModelShape shape, BatchSpec batch, long bytes) => new()
    {
        Rate = WorkRate.Counting,
        Bytes = bytes,
        FixedSeconds = SecondsPerMatrix * ParameterSizes.Matrices(shape).Count,
    };

    /// <inheritdoc />
    public override long HostBytes(ModelShape shape, bool offHalfGrid) => CountingMemory.Kept(shape, offHalfGrid);

    /// <inheritdoc />
    protected override IEnumerable<Row> Measure(AnalysisInput input, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(input);
        return CoreThreads.MapOnHost(input.Checkpoint.Parameters, parameter => parameter.Tensor.Count,
            parameter => RowOf(parameter.Name, input.Distribution(parameter)), cancellationToken);
    }

    private static Row RowOf(WeightName name, ExactDistribution distribution)
    {
        var moments = Moments.Compute(distribution);
        var n = (double)moments.Count;
        return new Row(
            name.Block,
            name.Component,
            name.Parameter,
            moments.Count,
            moments.Min,
            moments.Max,
            moments.MaxAbs,
            moments.Mean,
            moments.Deviation,
            n > 1 ? Math.Sqrt(moments.Variance * n / (n - 1)) : double.NaN,
            Math.Sqrt(moments.SumOfSquares),
            Math.Sqrt(moments.SumOfSquares / n),
            moments.Skewness,
            moments.ExcessKurtosis,
            moments.Zeros / n,
            distribution.NonFinite);
    }
}
