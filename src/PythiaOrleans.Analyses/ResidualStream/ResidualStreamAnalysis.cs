using PythiaOrleans.Analyses.Counting;
using PythiaOrleans.Analyses.Models;
using PythiaOrleans.Analyses.Passes;
using PythiaOrleans.Checkpoints.Families;
using PythiaOrleans.Core.Descriptions;
using PythiaOrleans.Core.Sweeps;
using PythiaOrleans.Core.Tables;

namespace PythiaOrleans.Analyses.ResidualStream;

/// <summary>How large are the activations between the blocks, and where are the largest?</summary>
/// <remarks>
/// The residual stream after the embedding, after every block, and after the final norm, on a token batch; with and without each row's
/// first position, which carries the massive activations. Forward pass in float32, or in the precision that the sweep says.
/// </remarks>
public sealed class ResidualStreamAnalysis(AnalysisSettings settings) : PassAnalysis<ResidualStreamAnalysis.Row>(settings)
{
    // Counters of the activations at one place, which is measured twice: with and without first positions.
    private const double SecondsPerPlace = 2e-3;
    private const int RowsPerPlace = 2;

    /// <summary>One place of the stream.</summary>
    public sealed record Row(
        [property: Column("index of the block after which the stream was looked at; empty after the embedding and after the final norm")]
        int? Block,
        [property: Column("embed_in, residual_stream or final_layer_norm: what the values came out of")] string Component,
        [property: Column("all: every position; inner: without the first of each row")] string Parameter,
        [property: Column("finite values")] long Count,
        [property: Column("largest |x|")] double MaxAbs,
        [property: Column("mean")] double Mean,
        [property: Column("standard deviation of the population")] double Std,
        [property: Column("excess kurtosis")] double ExcessKurtosis,
        [property: Column("mean over tokens of the Euclidean norm")] double TokenNormMean,
        [property: Column("largest Euclidean norm of a token")] double TokenNormMax,
        [property: Column("channel that holds the largest |x|, from 0")] int LargestChannel,
        [property: Column("position in its row that holds the largest |x|, from 0")] int LargestPosition,
        [property: Column("channels whose largest |x| is over 6 standard deviations")] int OutlierCount,
        [property: Column("those channels")] int[] OutlierChannels,
        [property: Column("the law of largest likelihood after AIC, from counts of values to 9 bits of mantissa")] string BestFit,
        [property: Column("degrees of freedom of Student's t; 1000 stands for a Gaussian, NaN for more than 23 % of equal values")]
        double StudentFreedom,
        [property: Column("log-likelihood of the logistic law minus the Gaussian's", Unit = "nats per value")] double LogisticMinusGaussian,
        [property: Column("mean next-token cross-entropy on the batch, the same in every row", Unit = "nats per token")] double Loss,
        [property: Column("NaN and infinities, left out of the rest")] long NonFinite,
        [property: Column("counts in 201 equal bins over 8 standard deviations either side of the mean")] long[] Histogram,
        [property: Column("values below the histogram")] long Below,
        [property: Column("values above the histogram")] long Above,
        [property: Column("quantiles at (i - 0.5) / 513, each within 0.1 % of itself")] double[] Quantiles);

    /// <inheritdoc />
    protected override AnalysisDescription Describe() => new()
    {
        Name = "residual-stream",
        Version = 6, // of 5: the loss was summed over wider pieces of the vocabulary and has other last digits
        Order = 7,
        Title = "The residual stream",
        Question = "How large are the activations between the blocks, and where are the largest?",
        Reading = "Lines are the activations between blocks on one batch of text; the largest one shows outliers, which "
            + "a few positions carry. Look for a fast rise early and a crest, and compare the histograms' tails "
            + "with the two dashed laws.",
        Source = "Basic facts about language models during training (Conjecture, 2023), residual stream histograms and maxima",
        Columns = [],
        Parameters = PassParameters,
        Plots =
        [
            new(PlotKind.Series, "max_abs", "Largest activation", "max |x|", Logarithmic: true),
            new(PlotKind.Series, "std", "Standard deviation of the stream", "standard deviation"),
            new(PlotKind.Series, "excess_kurtosis", "Excess kurtosis of the stream", "excess kurtosis"),
            new(PlotKind.Series, "loss", "Loss on the batch", "nats per token") { FirstGroup = "final_layer_norm all" },
            new(PlotKind.Histogram, "histogram", "Histograms of the stream", "density (per standard deviation)", Logarithmic: true)
            {
                Geometry = DistributionGeometry.Histogram,
            },
            new(PlotKind.Quantiles, "quantiles", "Quantiles of the stream against the Gaussian's", "activation (standard deviations)")
            {
                Geometry = DistributionGeometry.Quantiles,
            },
        ],
    };

    /// <inheritdoc />
    public override AnalysisWork Estimate(ModelShape shape, BatchSpec batch, long bytes)
    {
        ArgumentNullException.ThrowIfNull(shape);
        var pass = PassWork.Forward(shape, batch);
        var place = SecondsPerPlace + (FitCost.Seconds(PassWork.Tokens(shape, batch) * shape.HiddenSize) / 2);
        return pass with
        {
            FixedSeconds = pass.PassSeconds + (place * RowsPerPlace * (shape.Blocks + 2)),
        };
    }

    private protected override RowObserver<Row> CreateObserver(AnalysisInput input, long[][] batch) => new StreamObserver();
}
