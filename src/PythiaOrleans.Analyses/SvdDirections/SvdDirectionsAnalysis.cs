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
/// Right singular vectors of <c>mlp.dense_h_to_4h</c> (read from the stream; the norm's scale folded in), left ones of
/// <c>mlp.dense_4h_to_h</c> and of each head's W_O W_V (written to it; the norm's scale folded into W_V). Each is multiplied into
/// <c>embed_out</c>; the 20 tokens of largest logit for the sign whose top logit is larger, and those of the other sign. Ids that are no
/// tokens, and tokens whose row is not finite, are masked; of equal logits the smaller id goes first. GPT-NeoX only; other families give no
/// rows.
/// </remarks>
public sealed class SvdDirectionsAnalysis : Analysis<SvdDirectionsAnalysis.Row>
{
    /// <summary>Directions of one matrix, at most.</summary>
    public const int Directions = 30;

    /// <summary>Tokens of one direction and sign.</summary>
    public const int TokensPerDirection = 20;

    private const string OutputValue = "attention.ov";

    // Choosing the tokens of one direction, whatever its size.
    private const double SecondsPerDirection = 50e-6;

    /// <summary>One matrix's directions.</summary>
    public sealed record Row(
        [property: Column("index of the block, from 0")] int? Block,
        [property: Column("mlp.dense_h_to_4h, mlp.dense_4h_to_h or attention.ov")] string Component,
        [property: Column("weight, or the head: head0 ...")] string Parameter,
        [property: Column("directions")] int Count,
        [property: Column("largest singular value")] double SpectralNorm,
        [property: Column("smallest relative gap between neighbouring singular values: with a tiny one directions have no identity")]
        double SmallestGap,
        [property: Column("mean over directions of the largest logit")] double TopLogit,
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
        Version = 3,
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
        var mlp = 2 * DecompositionCost.Gram * shape.IntermediateSize * d * d;
        var heads = shape.Heads * ((2 * DecompositionCost.Orthogonal * d * head * head)
            + (DecompositionCost.Singular * head * head * head));
        var directions = blocks * ((2 * Math.Min(Directions, d)) + (shape.Heads * Math.Min(Directions, head)));
        return new AnalysisWork
        {
            Rate = WorkRate.Products,
            SingleFlops = 2 * directions * shape.VocabularyRows * d,
            DoubleFlops = blocks * mlp,
            Decompositions = blocks * ((2 * DecompositionCost.Eigenvectors * d * d * d) + heads),
            FixedSeconds = (directions * SecondsPerDirection) + (blocks * (2 + shape.Heads) * DecompositionCost.SecondsEach),
        };
    }

    /// <inheritdoc />
    /// <remarks>
    /// Of each thread one block in float64, twice (transposed for a product), with Gram matrices; a piece of the unembedding, and all
    /// directions' logits in it. The unembedding as it is stored, in float32 at most.
    /// </remarks>
    public override long DeviceBytes(ModelShape shape, BatchSpec batch, ComputeDevice device)
    {
        ArgumentNullException.ThrowIfNull(shape);
        long d = shape.HiddenSize, inner = shape.IntermediateSize, directions = Directions * (2 + shape.Heads);
        var block = sizeof(double) * ((4 * d * inner) + (8 * d * d) + (2 * DecompositionCost.GramCopies * d * d));
        var piece = sizeof(float) * Unembedding.TokensAtATime(device.IsCuda) * (d + (2 * directions));
        return (device.ThreadsOfOneSlot * (block + piece)) + (sizeof(float) * shape.VocabularyRows * d);
    }

    /// <inheritdoc />
    public override long HostBytes(ModelShape shape, bool offHalfGrid) => CountingMemory.Kept(shape, offHalfGrid);

    /// <inheritdoc />
    protected override IEnumerable<Row> Measure(AnalysisInput input, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(input);
        return input.Checkpoint.Shape.ModelType == "gpt_neox" ? MeasureBlocks(input, cancellationToken) : [];
    }

    private static List<Row> MeasureBlocks(AnalysisInput input, CancellationToken cancellationToken)
    {
        using var off = no_grad();
        using var scope = NewDisposeScope();
        var shape = input.Checkpoint.Shape;
        using var unembedding = Rows(input);
        return !unembedding.HasTokens ? [] :
        [
            .. CoreThreads.Map(
                [
                    .. Enumerable.Range(0, shape.Blocks)
                ], _ => 1, block => RowsOf(input, block, unembedding), input.Threads, cancellationToken)
                .SelectMany(rows => rows),
        ];
    }

    private static Unembedding Rows(AnalysisInput input)
    {
        using var weights = new LoadedWeights(input.Checkpoint, input.Device.Torch, type: null);
        var tokens = Math.Min(input.Model.TokenCount, input.Checkpoint.Shape.VocabularyRows);
        var component = input.Checkpoint.Shape.TiedEmbedding ? Components.EmbedIn : Components.EmbedOut;
        return new Unembedding(weights[new WeightName(component, null, "weight")].narrow(0, 0, tokens));
    }

    private static Row[] RowsOf(AnalysisInput input, int block, Unembedding unembedding)
    {
        using var off = no_grad();
        using var scope = NewDisposeScope();
        using var weights = new LoadedWeights(input.Checkpoint, input.Device.Torch, type: null);
        return IsFinite(input, block) ? [.. ToRows(block, Matrices(input.Checkpoint.Shape, weights, block), unembedding)] : [];
    }

    // A decomposition of a matrix with NaN fails; weight-spectrum says which matrix holds one.
    private static bool IsFinite(AnalysisInput input, int block) => input.Checkpoint.Parameters
        .Where(parameter => parameter.Name.Block == block)
        .All(parameter => input.Distribution(parameter).NonFinite == 0);

    private static IReadOnlyList<(string Component, string Parameter, TopDirections Directions)> Matrices(ModelShape shape,
        LoadedWeights weights, int block)
    {
        using var scope = NewDisposeScope();
        Tensor Get(string component) => weights[new WeightName(component, block, "weight")];

        var scale = Get(Components.PostAttentionLayerNorm).to(float64);
        var read = Gram.Compute(Get(Components.MlpIn)).mul(scale).mul(scale.unsqueeze(1)); // of W diag(scale), without that product
        var written = Gram.Compute(Get(Components.MlpOut).t());
        var values = Get(Components.QueryKeyValue).view(shape.Heads, 3, shape.HeadSize, shape.HiddenSize).select(1, 2).to(float64)
            .mul(Get(Components.InputLayerNorm).to(float64));
        var outputs = Get(Components.AttentionDense).to(float64).view(shape.HiddenSize, shape.Heads, shape.HeadSize).transpose(0, 1);
        var all = new List<(string, string, TopDirections Directions)>
        {
            (Components.MlpIn, "weight", TopDirections.FromGram(read, Directions)),
            (Components.MlpOut, "weight", TopDirections.FromGram(written, Directions)),
        };
        all.AddRange(
            TopDirections.FromProducts(outputs, values, Directions).Select((directions, head) => (OutputValue, $"head{head}", directions)));
        all.ForEach(one => one.Directions.Vectors.MoveToOuterDisposeScope());
        return all;
    }

    // All directions of a block go through the unembedding together: a product of few rows would spend its time on rearranging the
    // unembedding.
    private static IEnumerable<Row> ToRows(
        int block, IReadOnlyList<(string Component, string Parameter, TopDirections Directions)> matrices, Unembedding unembedding)
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
                own.Average(direction => direction.Logits[0]), directions.Values, gaps,
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
