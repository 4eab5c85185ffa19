using System.Globalization;
using PythiaOrleans.Analyses.Counting;
using PythiaOrleans.Analyses.Decompositions;
using PythiaOrleans.Analyses.Devices;
using PythiaOrleans.Analyses.Models;
using PythiaOrleans.Checkpoints.Families;
using PythiaOrleans.Checkpoints.Loading;
using PythiaOrleans.Core.Descriptions;
using PythiaOrleans.Core.Sweeps;
using PythiaOrleans.Core.Tables;
using TorchSharp;
using static TorchSharp.torch;

namespace PythiaOrleans.Analyses.SvdDirections;

/// <summary>Which tokens do the leading singular vectors stand for?</summary>
/// <remarks>
/// Right singular vectors of what the MLP reads from the stream (<c>mlp.dense_h_to_4h</c>, and the gate where there is one; the gain of the
/// norm before it folded in), left ones of what it writes (<c>mlp.dense_4h_to_h</c>) and of each head's W_O W_V (the gain folded into W_V).
/// The gain of a norm after them is folded in too. Each is multiplied into <c>embed_out</c>; the 20 tokens of largest logit for the sign
/// whose top logit is larger, and those of the other sign. Ids that are no tokens, and tokens whose row is not finite, are masked; of equal
/// logits the smaller id goes first. Every family whose heads are known; other models give no rows.
/// </remarks>
public sealed class SvdDirectionsAnalysis : Analysis<SvdDirectionsAnalysis.Row>
{
    /// <summary>Directions of one matrix, at most.</summary>
    public const int Directions = 30;

    /// <summary>Tokens of one direction and sign.</summary>
    public const int TokensPerDirection = 20;

    private const string OutputValue = "attention.ov";

    // Choosing the tokens of one direction: in any case, and for each token of the vocabulary.
    private const double SecondsPerDirection = 50e-6;
    private const double SecondsPerDirectionAndToken = 6e-9;

    // [d, d] matrices in float64: values and outputs of all heads, their orthogonal factors, and the copies in which those are made.
    private const int CopiesOfHeads = 6;

    /// <summary>One matrix's directions.</summary>
    public sealed record Row(
        [property: Column("index of the block, from 0")] int? Block,
        [property: Column("mlp.dense_h_to_4h, mlp.gate, mlp.dense_4h_to_h or attention.ov")] string Component,
        [property: Column("weight, or the head: head0 ...")] string Parameter,
        [property: Column("directions")] int Count,
        [property: Column("largest singular value")] double SpectralNorm,
        [property: Column("smallest relative gap between neighbouring singular values: with a tiny one directions have no identity")]
        double SmallestGap,
        [property: Column("mean over directions of the largest logit")] double TopLogit,
        [property: Column(
            "mean cosine between the input embeddings of a direction's 20 tokens, less that of all pairs of tokens; mean over directions")]
        double Coherence,
        [property: Column("singular values, descending")] double[] SingularValues,
        [property: Column("relative gap of each to its nearer neighbour")] double[] Gaps,
        [property: Column("20 token ids for each direction in turn, by logit")] int[] Tokens,
        [property: Column("their logits")] float[] Logits,
        [property: Column("20 token ids of the other sign for each direction")] int[] OtherTokens);

    /// <inheritdoc />
    public override bool UsesDevice => true;

    /// <inheritdoc />
    public override IDerivedColumns DerivedColumns { get; } = new DirectionCloseness();

    /// <inheritdoc />
    protected override AnalysisDescription Describe() => new()
    {
        Name = "svd-directions",
        Version = 6, // of 5: leading directions of large matrices came from the decomposition with all of them; last digits differ
        Order = 5,
        Title = "What singular vectors say",
        Question = "Which tokens do the leading singular vectors of MLPs and heads stand for?",
        Reading = "Each leading direction of a matrix is read through the unembedding as the tokens that it speaks for. "
            + "The overlap says how many of those tokens are the final ones already: at 1 a direction has settled.",
        Source = "Basic facts about language models during training (Conjecture, 2023), SVD directions; Millidge and Black 2022",
        Columns = [],
        Parameters = new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["directions"] = Directions.ToString(CultureInfo.InvariantCulture),
            ["tokens"] = TokensPerDirection.ToString(CultureInfo.InvariantCulture),
            ["fold_norm"] = "true",
        },
        Plots =
        [
            new(PlotKind.Series, "overlap", "Overlap with the final directions of the same index", "share of the 20 tokens"),
            new(PlotKind.Series, "matched_overlap", "Overlap with the final directions, best matched", "share of the 20 tokens"),
            new(PlotKind.Series, "previous_overlap", "Overlap with the directions one checkpoint before", "share of the 20 tokens"),
            new(PlotKind.Series, "coherence", "Coherence of each direction's tokens", "cosine above that of all tokens"),
            new(PlotKind.Series, "top_logit", "Logit of the top token, mean over directions", "logit"),
            new(PlotKind.Tokens, "tokens", "Tokens of the leading directions", "tokens"),
        ],
    };

    /// <inheritdoc />
    /// <remarks>
    /// Both matrices of each MLP by their Gram matrices, each head by its factors; all directions through the unembedding.
    /// </remarks>
    public override AnalysisWork Estimate(ModelShape shape, BatchSpec batch, long bytes)
    {
        ArgumentNullException.ThrowIfNull(shape);
        double d = shape.HiddenSize, head = shape.HeadSize, blocks = shape.Blocks;
        var matrices = MlpFactor.Count(shape);
        var mlp = matrices * DecompositionCost.Gram * shape.IntermediateSize * d * d;
        var heads = shape.Heads * ((2 * DecompositionCost.Orthogonal * d * head * head)
            + (DecompositionCost.Singular * head * head * head));
        var directions = blocks * ((matrices * Math.Min(Directions, d)) + (shape.Heads * Math.Min(Directions, head)));
        return new AnalysisWork
        {
            Rate = WorkRate.Products,
            SingleFlops = ((2 * directions) + 4) * shape.VocabularyRows * d, // and the embeddings' lengths and mean
            DoubleFlops = blocks * mlp,
            Decompositions = blocks * ((matrices * DecompositionCost.Eigenvectors * d * d * d) + heads),
            FixedSeconds = (directions * (SecondsPerDirection + (SecondsPerDirectionAndToken * shape.VocabularyRows)))
                + (blocks * (matrices + shape.Heads) * DecompositionCost.SecondsEach),
        };
    }

    /// <inheritdoc />
    /// <remarks>
    /// Of each thread a block as it is stored, in float32 at most; a Gram matrix, or values and outputs of the heads in float64 with their
    /// orthogonal factors; a piece of the unembedding, and all directions' logits in it. The unembedding as it is stored.
    /// </remarks>
    public override long DeviceBytes(ModelShape shape, BatchSpec batch, ComputeDevice device)
    {
        ArgumentNullException.ThrowIfNull(shape);
        long d = shape.HiddenSize, inner = shape.IntermediateSize, matrices = MlpFactor.Count(shape);
        var directions = Directions * (matrices + shape.Heads);
        var block = (sizeof(float) * ((matrices * d * inner) + (4 * d * d)))
            + (sizeof(double) * d * (((DecompositionCost.GramCopies + CopiesOfHeads) * d) + DecompositionCost.RowsOfGram));
        var piece = sizeof(float) * Unembedding.TokensAtATime(device.IsCuda) * (d + (2 * directions));
        return (device.ThreadsOfOneSlot * (block + piece)) + (sizeof(float) * shape.VocabularyRows * d);
    }

    /// <inheritdoc />
    public override long HostBytes(ModelShape shape, bool offHalfGrid) => CountingMemory.Kept(shape, offHalfGrid);

    /// <inheritdoc />
    protected override IEnumerable<Row> Measure(AnalysisInput input, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(input);
        return HeadFactors.AreKnown(input.Checkpoint.Shape) ? MeasureBlocks(input, cancellationToken) : [];
    }

    private static List<Row> MeasureBlocks(AnalysisInput input, CancellationToken cancellationToken)
    {
        using var off = no_grad();
        using var scope = NewDisposeScope();
        var shape = input.Checkpoint.Shape;
        using var weights = new LoadedWeights(input.Checkpoint, input.Device.Torch, type: null);
        var tokens = Math.Min(input.Model.TokenCount, shape.VocabularyRows);
        using var unembedding = new Unembedding(
            new PassWeights(shape, name => weights[name]).Unembedding.narrow(0, 0, tokens), input.Threads, cancellationToken);
        if (!unembedding.HasTokens)
        {
            return [];
        }

        var coherence = new TokenCoherence(
            input.Checkpoint[new WeightName(Components.EmbedIn, null, "weight")].Tensor, tokens, input.Threads, cancellationToken);
        return
        [
            .. CoreThreads.Map(
                [
                    .. Enumerable.Range(0, shape.Blocks)
                ], _ => 1, block => RowsOf(input, block, unembedding, coherence), input.Threads, cancellationToken)
                .SelectMany(rows => rows),
        ];
    }

    private static Row[] RowsOf(AnalysisInput input, int block, Unembedding unembedding, TokenCoherence coherence)
    {
        using var off = no_grad();
        using var scope = NewDisposeScope();
        using var weights = new LoadedWeights(input.Checkpoint, input.Device.Torch, type: null);
        return IsFinite(input, block)
            ? [.. ToRows(block, Matrices(input.Checkpoint.Shape, weights, block), unembedding, coherence)] : [];
    }

    // A decomposition of a matrix with NaN fails; weight-spectrum says which matrix holds one.
    private static bool IsFinite(AnalysisInput input, int block) => input.Checkpoint.Parameters
        .Where(parameter => parameter.Name.Block == block)
        .All(parameter => input.Distribution(parameter).NonFinite == 0);

    private static IReadOnlyList<(string Component, string Parameter, TopDirections Directions)> Matrices(ModelShape shape,
        LoadedWeights loaded, int block)
    {
        using var scope = NewDisposeScope();
        var all = new List<(string, string, TopDirections Directions)>();
        foreach (var factor in MlpFactor.Read(new PassWeights(shape, name => loaded[name]), block))
        {
            // The Gram matrix of the side of the stream; its gain is multiplied in after the product, which is smaller.
            using var own = NewDisposeScope();
            var gram = Gram.Compute(factor.Reads ? factor.Matrix : factor.Matrix.t());
            if (factor.Gain is not null)
            {
                gram.mul_(factor.Gain).mul_(factor.Gain.unsqueeze(1));
            }

            var directions = TopDirections.FromGram(gram, Directions);
            directions.Vectors.MoveToOuterDisposeScope();
            all.Add((factor.Component, "weight", directions));
        }

        loaded.Release();
        var (values, outputs) = HeadFactors.ReadValuesAndOutputs(shape, name => loaded[name], block);
        all.AddRange(
            TopDirections.FromProducts(outputs, values, Directions)
                .Select((directions, head) => (OutputValue, $"head{head}", directions)));
        all.ForEach(one => one.Directions.Vectors.MoveToOuterDisposeScope());
        return all;
    }

    // All directions of a block go through the unembedding together: a product of few rows would spend its time on rearranging the
    // unembedding.
    private static IEnumerable<Row> ToRows(
        int block,
        IReadOnlyList<(string Component, string Parameter, TopDirections Directions)> matrices,
        Unembedding unembedding,
        TokenCoherence coherence)
    {
        using var scope = NewDisposeScope();
        var projected = unembedding.ProjectToTokens(cat([.. matrices.Select(matrix => matrix.Directions.Vectors)], 0), TokensPerDirection);
        var rows = new List<Row>();
        var at = 0;
        foreach (var (component, parameter, directions) in matrices)
        {
            var own = projected.AsSpan(at, directions.Values.Length).ToArray();
            at += own.Length;
            var gaps = Gaps(directions.Values);
            rows.Add(new Row(
                block, component, parameter, own.Length, directions.Values[0], gaps.DefaultIfEmpty(double.NaN).Min(),
                own.Average(direction => direction.Logits[0]), coherence.Mean([.. own.Select(direction => direction.Tokens)]),
                directions.Values, gaps,
                [.. own.SelectMany(direction => direction.Tokens)],
                [.. own.SelectMany(direction => direction.Logits)],
                [.. own.SelectMany(direction => direction.Others)]));
            directions.Dispose();
        }

        return rows;
    }

    // Of each singular value to its nearer neighbour, as a share of itself.
    private static double[] Gaps(double[] values) =>
        [.. values.Select((value, i) => value > 0 ? Math.Min(DistanceAbove(values, i), DistanceBelow(values, i)) / value : 0)];

    private static double DistanceAbove(double[] values, int i) => i > 0 ? values[i - 1] - values[i] : double.PositiveInfinity;

    private static double DistanceBelow(double[] values, int i) =>
        i + 1 < values.Length ? values[i] - values[i + 1] : double.PositiveInfinity;
}
