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

namespace PythiaOrleans.Analyses.ResidualStream;

/// <summary>How large are the activations between the blocks, and where are the largest?</summary>
/// <remarks>
/// The residual stream after the embedding, after every block, and after the final norm, on a token batch; with and without each row's
/// first position, which carries the massive activations. Forward pass in float32, or in the precision that the sweep says.
/// </remarks>
public sealed class ResidualStreamAnalysis(AnalysisSettings settings) : Analysis<ResidualStreamAnalysis.Row>
{
    private const double OutlierDeviations = 6;

    // Counters of the activations at one place, which is measured twice: with and without first positions.
    private const double SecondsPerPlace = 1e-3;
    private const int RowsPerPlace = 2;
    private const string Stream = "residual_stream";

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
        [property: Column("degrees of freedom of Student's t; 1000 stands for a Gaussian")] double StudentFreedom,
        [property: Column("log-likelihood of the logistic law minus the Gaussian's", Unit = "nats per value")] double LogisticMinusGaussian,
        [property: Column("mean next-token cross-entropy on the batch, the same in every row", Unit = "nats per token")] double Loss,
        [property: Column("NaN and infinities, left out of the rest")] long NonFinite,
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
        Name = "residual-stream",
        Version = 4, // of 3: the fits' last bits depended on the processor
        Order = 7,
        Title = "The residual stream",
        Question = "How large are the activations between the blocks, and where are the largest?",
        Reading = "Lines are the activations between blocks on one batch of text; the largest one shows outliers, which "
            + "a few positions carry. Look for a fast rise early and a crest, and compare the histograms' tails "
            + "with the two dashed laws.",
        Source = "Basic facts about language models during training (Conjecture, 2023), residual stream histograms and maxima",
        Columns = [],
        Parameters = Batch.Parameters.With(Precision),
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
        var place = SecondsPerPlace + (FitCost.Seconds(PassWork.Tokens(shape, batch) * shape.HiddenSize) / 2);
        return new AnalysisWork
        {
            Rate = WorkRate.ModelPasses,
            Bytes = PassWork.Bytes(shape),
            SingleFlops = PassWork.ForwardFlops(shape, batch),
            FixedSeconds = place * RowsPerPlace * (shape.Blocks + 2),
        };
    }

    /// <inheritdoc />
    public override long DeviceBytes(ModelShape shape, BatchSpec batch, ComputeDevice device)
    {
        ArgumentNullException.ThrowIfNull(batch);
        return PassMemory.Forward(shape, batch.Rows, PassWork.Length(shape, batch), Precision);
    }

    /// <inheritdoc />
    protected override IEnumerable<Row> Measure(AnalysisInput input, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(input);
        ForwardPasses.Check(input.Checkpoint.Shape);
        return MeasureStream(input.Checkpoint, Batch.RowsFor(input.Checkpoint), PassPlan.Forward(input, Precision), cancellationToken);
    }

    private static List<Row> MeasureStream(Checkpoint checkpoint, long[][] batch, PassPlan plan, CancellationToken cancellationToken)
    {
        using var off = no_grad();
        using var scope = NewDisposeScope();
        using var weights = new LoadedWeights(checkpoint, plan.Device, type: plan.Type);
        using var rotary = new Rotary(checkpoint.Shape, batch[0].Length, plan.Device, plan.Type);
        var model = ForwardPasses.For(checkpoint.Shape, name => weights[name], rotary);
        var parts = BatchPart.Split(batch, plan);
        var streams = new Tensor[parts.Length];
        var rows = new List<Row>();

        RunStage(null, Components.EmbedIn, (part, _) => model.Embed(part.Tokens));
        for (var block = 0; block < checkpoint.Shape.Blocks; block++)
        {
            var at = block;
            RunStage(block, Stream, (_, x) => model.Block(x!, at));
        }

        RunStage(null, Components.FinalLayerNorm, (_, x) => model.FinalNorm(x!));
        var loss = EachPart(part =>
        {
            using var normed = streams[part];
            return NextTokenLoss.Sum(model, plan.ToDevice(normed), parts[part].Rows);
        }).Sum() / (batch.Length * (batch[0].Length - 1));
        return [.. rows.Select(row => row with { Loss = loss })];

        // One stage of all parts: its weights are in memory once.
        // Parts are counted apart and added up in their order, so that no sum depends on the number of cores.
        void RunStage(int? block, string component, Func<BatchPart, Tensor?, Tensor> stage)
        {
            var counts = new StreamCounts();
            var tallies = EachPart(part =>
            {
                using var before = streams[part];
                var stream = stage(parts[part], before is null ? null : plan.ToDevice(before));
                var seen = new StreamTally(stream, counts);
                streams[part] = plan.ToHost(stream).DetachFromDisposeScope(); // another thread may take it further
                return seen;
            });
            weights.Release();
            using var all = StreamTally.Sum(tallies, counts);
            (string Name, StreamTally.Part Part)[] named = [("all", all.All), ("inner", all.Inner)];
            rows.AddRange(CoreThreads.Map(named, _ => 1, one => ToRow(block, component, one.Name, one.Part), plan.Threads,
                cancellationToken));
        }

        TResult[] EachPart<TResult>(Func<int, TResult> work) => CoreThreads.Map(
            [.. Enumerable.Range(0, parts.Length)],
            _ => 1,
            part =>
            {
                using var offHere = no_grad(); // a thread's own setting, as scopes are
                using var own = NewDisposeScope();
                return work(part);
            },
            plan.Threads,
            cancellationToken);
    }

    private static Row ToRow(int? block, string component, string parameter, StreamTally.Part part)
    {
        var (moments, quantiles, fits, histogram, below, above) = DistributionSummary.Compute(part.Values);
        var deviation = moments.Deviation;
        var outliers = Enumerable.Range(0, part.ChannelMax.Length)
            .Where(channel => part.ChannelMax[channel] > OutlierDeviations * deviation).ToArray();
        return new Row(
            block, component, parameter, moments.Count, moments.MaxAbs, moments.Mean, deviation, moments.ExcessKurtosis,
            part.TokenNormMean, part.TokenNormMax, part.LargestChannel, part.LargestPosition, outliers.Length, outliers,
            fits.Best, fits.Student.Shape, fits.Logistic.LogLikelihood - fits.Gaussian.LogLikelihood, double.NaN, part.Values.NonFinite,
            histogram, below, above, quantiles);
    }
}
