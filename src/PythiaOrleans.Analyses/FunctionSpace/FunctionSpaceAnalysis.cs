using PythiaOrleans.Analyses.Counting;
using PythiaOrleans.Analyses.Decompositions;
using PythiaOrleans.Analyses.Devices;
using PythiaOrleans.Analyses.Models;
using PythiaOrleans.Checkpoints.Families;
using PythiaOrleans.Core.Descriptions;
using PythiaOrleans.Core.Sweeps;
using PythiaOrleans.Core.Tables;
using TorchSharp;
using static TorchSharp.torch;

namespace PythiaOrleans.Analyses.FunctionSpace;

/// <summary>How large are the weights as functions, independent of the gains of the norms?</summary>
/// <remarks>
/// A norm's gain and the matrix that it feeds can be scaled against each other without any change of the model: W diag(g) is what counts.
/// So is the product of two matrices that nothing stands between: W_Qᵀ W_K says what a head looks for, W_O W_V what it moves.
/// </remarks>
public sealed class FunctionSpaceAnalysis : Analysis<FunctionSpaceAnalysis.Row>
{
    /// <summary>The component of W_Qᵀ W_K of a head.</summary>
    public const string QueryKey = "attention.qk";

    /// <summary>The component of W_O W_V of a head.</summary>
    public const string OutputValue = "attention.ov";

    // Counting a value for the probability plot.
    private const double SecondsPerValue = 2e-9;

    /// <summary>One matrix, or one product of a head.</summary>
    public sealed record Row(
        [property: Column("index of the block, from 0; empty outside blocks")] int? Block,
        [property: Column("kind of weight, with the gain of the norm that feeds it; attention.qk and attention.ov are products of a head")]
        string Component,
        [property: Column("weight, or the head: head0 ...")] string Parameter,
        [property: Column("Frobenius norm")] double Norm,
        [property: Column("largest singular value")] double SpectralNorm,
        [property: Column("squared Frobenius norm over the squared largest singular value")] double StableRank,
        [property: Column("exponential of the entropy of the singular values over their sum")] double EffectiveRank,
        [property: Column("k of a Weibull distribution of the sizes of the entries; empty for products")] double? WeibullK,
        [property: Column("its scale")] double? WeibullScale,
        [property: Column("R squared of its probability plot")] double? WeibullRSquared,
        [property: Column("NaN and infinities: with any, nothing else is measured")] long NonFinite);

    /// <inheritdoc />
    public override bool UsesDevice => true;

    /// <inheritdoc />
    protected override AnalysisDescription Describe() => new()
    {
        Name = "function-space",
        Version = 2, // of 1: w and -w did not share their ranks in the Weibull fit
        ByDefault = false,
        Order = 13,
        Title = "Weights as functions",
        Question = "How large are the weights as functions, independent of the gains of the norms?",
        Source = "Elhage et al. 2021 (circuits of heads); Ding 2026 (Weibull plots of weights)",
        Columns = [],
        Plots =
        [
            new(PlotKind.Series, "norm", "Norm with the gain", "Frobenius norm"),
            new(PlotKind.Series, "stable_rank", "Stable rank with the gain", "stable rank"),
            new(PlotKind.Series, "weibull_k", "Shape of the entries' sizes", "Weibull k"),
            new(PlotKind.Heads, "spectral_norm", "Largest singular value of each head's products", "largest singular value"),
            new(PlotKind.Heads, "effective_rank", "Effective rank of each head's products", "effective rank"),
        ],
    };

    /// <inheritdoc />
    public override AnalysisWork Estimate(ModelShape shape, BatchSpec batch, long bytes)
    {
        ArgumentNullException.ThrowIfNull(shape);
        double values = shape.ParameterCount, products = 0, decompositions = 0;
        foreach (var size in ParameterSizes.Matrices(shape))
        {
            double rows = size.Max(), columns = size.Min();
            products += DecompositionCost.Gram * rows * columns * columns;
            decompositions += DecompositionCost.Eigenvalues * columns * columns * columns;
        }

        double d = shape.HiddenSize, k = shape.HeadSize, heads = (double)shape.Blocks * shape.Heads;
        return new AnalysisWork
        {
            Rate = WorkRate.Products,
            DoubleFlops = products,
            Decompositions = decompositions
                + (2 * heads * ((2 * DecompositionCost.Orthogonal * d * k * k) + (DecompositionCost.Singular * k * k * k))),
            FixedSeconds = (values * SecondsPerValue) + (2 * heads * DecompositionCost.SecondsEach),
        };
    }

    /// <inheritdoc />
    /// <remarks>
    /// Of each thread a block's heads in float64 and once more, one matrix in float32 and some of its rows in float64, and Gram matrices;
    /// or the unembedding.
    /// </remarks>
    public override long DeviceBytes(ModelShape shape, BatchSpec batch, ComputeDevice device)
    {
        ArgumentNullException.ThrowIfNull(shape);
        long d = shape.HiddenSize, inner = shape.IntermediateSize, heads = (long)shape.Heads * shape.HeadSize;
        var gram = sizeof(double) * d * ((DecompositionCost.GramCopies * d) + DecompositionCost.RowsOfGram);
        var block = (sizeof(double) * 12 * heads * d) + (3 * sizeof(float) * inner * d) + gram;
        return (device.ThreadsOfOneSlot * block) + (3 * sizeof(float) * shape.VocabularyRows * d) + gram;
    }

    /// <inheritdoc />
    protected override IEnumerable<Row> Measure(AnalysisInput input, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(input);
        var shape = input.Checkpoint.Shape;
        if (!HeadFactors.AreKnown(shape))
        {
            return []; // nothing says which of its matrices are heads, or which norm feeds which matrix
        }

        // The unembedding is the largest item: it starts first.
        int?[] parts = [.. Enumerable.Range(0, shape.Blocks).Select(block => (int?)block), null];
        return CoreThreads.Map(parts, part => part is null ? 1 : 0, part => RowsOf(input, part), input.Threads, cancellationToken)
            .SelectMany(rows => rows);
    }

    private static List<Row> RowsOf(AnalysisInput input, int? block)
    {
        using var off = no_grad();
        using var scope = NewDisposeScope();
        using var loaded = new LoadedWeights(input.Checkpoint, input.Device.Torch, type: null);
        var shape = input.Checkpoint.Shape;
        var weights = new PassWeights(shape, name => loaded[name]);
        var rows = new List<Row>();
        if (block is null)
        {
            rows.Add(MatrixMeasures.ToRow(
                null, Components.EmbedOut, Fold(weights.Unembedding, HeadFactors.Gain(weights, Components.FinalLayerNorm, null))));
            return rows;
        }

        var heads = HeadFactors.Read(shape, name => loaded[name], block.Value);
        rows.AddRange(Attention(shape, heads).Select(matrix => MatrixMeasures.ToRow(block, matrix.Component, matrix.Matrix)));
        rows.AddRange(MlpFactor.Read(weights, block.Value).Select(factor => MatrixMeasures.ToRow(
            block, factor.Component, Fold(factor.Matrix, factor.Reads ? factor.Gain : factor.Gain?.unsqueeze(1)))));
        rows.AddRange(MatrixMeasures.ToRows(block, QueryKey, heads.Queries.transpose(1, 2), heads.Keys));
        rows.AddRange(MatrixMeasures.ToRows(block, OutputValue, heads.Outputs, heads.Values));
        return rows;
    }

    // Each as one matrix of all heads; keys and values that several heads share are there once.
    private static IEnumerable<(string Component, Tensor Matrix)> Attention(ModelShape shape, HeadFactors heads)
    {
        var sharing = shape.Heads / (shape.KeyValueHeads ?? shape.Heads);
        yield return (Components.Query, heads.Queries.flatten(0, 1));
        yield return (Components.Key, Once(heads.Keys));
        yield return (Components.Value, Once(heads.Values));
        yield return (Components.AttentionDense, heads.Outputs.transpose(0, 1).flatten(1, 2));

        Tensor Once(Tensor all) => all.index_select(0, arange(0, shape.Heads, sharing, device: all.device)).flatten(0, 1);
    }

    // In float32: W diag(gain) for a gain [in], diag(gain) W for one [out, 1].
    private static Tensor Fold(Tensor matrix, Tensor? gain) =>
        gain is null ? matrix.to(float32) : matrix.to(float32).mul(gain.to(float32));
}
