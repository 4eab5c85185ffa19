using System.Collections.Concurrent;
using System.Runtime.InteropServices;
using PythiaOrleans.Analyses.Counting;
using PythiaOrleans.Analyses.Devices;
using PythiaOrleans.Analyses.Models;
using PythiaOrleans.Analyses.Tokens;
using PythiaOrleans.Checkpoints.Families;
using PythiaOrleans.Checkpoints.Loading;
using PythiaOrleans.Core.Descriptions;
using PythiaOrleans.Core.Sweeps;
using PythiaOrleans.Core.Tables;
using PythiaOrleans.Numerics.Distributions;
using TorchSharp;
using static TorchSharp.torch;

namespace PythiaOrleans.Analyses.WeightGradients;

/// <summary>How large are the gradients of the loss with respect to every weight matrix, and how are they spread?</summary>
/// <remarks>
/// Of the mean next-token loss on a token batch, in float32 or the precision that the sweep says. The gradients of one block are in memory
/// at a time, and those of rows that wait to be added; where the graphs of all blocks would be too large, each block runs again when its
/// turn to go backward comes.
/// </remarks>
public sealed class WeightGradientsAnalysis(AnalysisSettings settings) : Analysis<WeightGradientsAnalysis.Row>
{
    // Counters of one gradient.
    private const double SecondsPerGradient = 0.6e-3;

    /// <summary>One matrix's gradient.</summary>
    public sealed record Row(
        [property: Column("index of the block, from 0; empty outside blocks")] int? Block,
        [property: Column("kind of weight")] string Component,
        [property: Column("weight")] string Parameter,
        [property: Column("finite values")] long Count,
        [property: Column("smallest value")] double Min,
        [property: Column("largest value")] double Max,
        [property: Column("largest |g|")] double MaxAbs,
        [property: Column("mean")] double Mean,
        [property: Column("standard deviation of the population")] double Std,
        [property: Column("Frobenius norm")] double Norm,
        [property: Column("root mean square")] double Rms,
        [property: Column("skewness")] double Skewness,
        [property: Column("excess kurtosis")] double ExcessKurtosis,
        [property: Column("share of values that are exactly 0")] double ZeroFraction,
        [property: Column("NaN and infinities, left out of the rest")] long NonFinite,
        [property: Column(
            "the law of largest likelihood after AIC, from counts of values to 9 bits of mantissa; empty where more than half are 0")]
        string BestFit,
        [property: Column("log-likelihood of the logistic law minus the Gaussian's", Unit = "nats per value")] double LogisticMinusGaussian,
        [property: Column("degrees of freedom of Student's t; 1000 stands for a Gaussian, NaN for more than 23 % of equal values")]
        double StudentFreedom,
        [property: Column("mean next-token cross-entropy on the batch, the same in every row", Unit = "nats per token")] double Loss,
        [property: Column("counts in 201 equal bins over 8 standard deviations either side of the mean")] long[] Histogram,
        [property: Column("values below the histogram")] long Below,
        [property: Column("values above the histogram")] long Above,
        [property: Column("quantiles at (i - 0.5) / 513, each within 0.1 % of itself")] double[] Quantiles);

    private TokenBatch Batch { get; } = settings.Batch;

    private Precision Precision { get; } = settings.Precision;

    /// <inheritdoc />
    public override bool UsesDevice => true;

    /// <inheritdoc />
    protected override AnalysisDescription Describe() => new()
    {
        Name = "weight-gradients",
        Version = 7, // of 6: now and then the loss lacked the logit of a next token; of 5: rows were summed in another order
        Order = 8,
        Title = "Gradients of the loss",
        Question = "How large are the gradients of the loss with respect to every weight matrix, and how are they spread?",
        Reading = "Gradients say how strongly the loss still pulls at each matrix; their norm falls as training "
            + "settles. Heavy tails in the histograms mean that few weights get most of the pull.",
        Source = "Basic facts about language models during training (Conjecture, 2023), weight gradient histograms",
        Columns = [],
        Parameters = Batch.Parameters.With(Precision),
        Plots =
        [
            new(PlotKind.Series, "norm", "Norm of the gradient", "Frobenius norm", Logarithmic: true),
            new(PlotKind.Series, "std", "Standard deviation of the gradient", "standard deviation", Logarithmic: true),
            new(PlotKind.Series, "excess_kurtosis", "Excess kurtosis of the gradient", "excess kurtosis", Logarithmic: true),
            new(PlotKind.Histogram, "histogram", "Histograms of the gradients", "density (per standard deviation)", Logarithmic: true)
            {
                Geometry = DistributionGeometry.Histogram,
            },
            new(PlotKind.Quantiles, "quantiles", "Quantiles against the Gaussian's", "value (standard deviations)")
            {
                Geometry = DistributionGeometry.Quantiles,
            },
        ],
    };

    /// <inheritdoc />
    public override AnalysisWork Estimate(ModelShape shape, BatchSpec batch, long bytes)
    {
        var forward = PassWork.Forward(shape, batch);
        var passes = PassWork.BackwardInForwards(shape, batch);
        var parameters = ParameterSizes.All(shape);
        return new AnalysisWork
        {
            Rate = WorkRate.ModelPasses,
            Bytes = passes * forward.Bytes,
            SingleFlops = passes * forward.PassFlops,
            FixedSeconds = (passes * forward.PassSeconds) + (SecondsPerGradient * parameters.Count)
                + (FitCost.Seconds(parameters.Where(size => size.Length == 2)) / 2),
        };
    }

    /// <inheritdoc />
    public override long DeviceBytes(ModelShape shape, BatchSpec batch, ComputeDevice device)
    {
        ArgumentNullException.ThrowIfNull(batch);
        return PassMemory.Backward(shape, batch.Rows, PassWork.Length(shape, batch), Precision);
    }

    /// <inheritdoc />
    protected override IEnumerable<Row> Measure(AnalysisInput input, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(input);
        ForwardPasses.Check(input.Checkpoint.Shape);
        var found = new ConcurrentDictionary<WeightName, Row>();
        var plan = PassPlan.Backward(input, Precision, Batch.Spec);
        var loss = input.Device.IsCuda || plan.TakesCores ? Run() : CoreThreads.One(Run, cancellationToken);
        return input.Checkpoint.Parameters.Where(parameter => found.ContainsKey(parameter.Name))
            .Select(parameter => found[parameter.Name] with { Loss = loss });

        double Run() => BackwardPass.Run(
            input.Checkpoint, Batch.RowsFor(input.Checkpoint), plan, (name, gradient) => found[name] = ToRow(name, gradient),
            cancellationToken);
    }

    private static Row ToRow(WeightName name, Tensor gradient)
    {
        using var counts = new FloatHistogram();
        var tally = new StreamingMoments(counts);
        using var near = gradient.contiguous().cpu();
        tally.Add(MemoryMarshal.Cast<byte, float>(near.bytes));
        var (moments, quantiles, fits, histogram, below, above) = DistributionSummary.Compute(tally);
        double n = moments.Count;
        return new Row(
            name.Block, name.Component, name.Parameter, moments.Count, moments.Min, moments.Max, moments.MaxAbs, moments.Mean,
            moments.Deviation,
            Math.Sqrt(moments.SumOfSquares), Math.Sqrt(moments.SumOfSquares / n), moments.Skewness, moments.ExcessKurtosis,
            moments.Zeros / n, tally.NonFinite,
            fits.Best, fits.Logistic.LogLikelihood - fits.Gaussian.LogLikelihood, fits.Student.Shape, double.NaN, histogram, below, above,
            quantiles);
    }
}
