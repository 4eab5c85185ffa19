using System.Globalization;
using PythiaOrleans.Checkpoints;
using PythiaOrleans.Results;
using TorchSharp;
using static TorchSharp.torch;

namespace PythiaOrleans.Analyses;

/// <summary>What do the leading singular vectors say?</summary>
/// <remarks>
/// Right singular vectors of <c>mlp.dense_h_to_4h</c> (read from the stream; the norm's scale folded in), left ones of <c>mlp.dense_4h_to_h</c> and of each head's
/// W_O W_V (written to it; the norm's scale folded into W_V). Each is multiplied into <c>embed_out</c>; the 20 tokens of largest logit for the sign whose top logit is
/// larger, and those of the other sign. Ids that are no tokens are masked; of equal logits the smaller id goes first. GPT-NeoX only; other families give no rows.
/// </remarks>
public sealed class SvdDirections : Analysis<SvdDirections.Row>
{
    /// <summary>Directions of a matrix at the most.</summary>
    public const int Directions = 30;

    /// <summary>Tokens of a direction and sign.</summary>
    public const int TokensPerDirection = 20;

    private const int RowsAtATime = 256;
    private const string OutputValue = "attention.ov";

    /// <summary>One matrix's directions.</summary>
    public sealed record Row(
        [property: Column("index of the block, from 0")] int? Block,
        [property: Column("mlp.dense_h_to_4h, mlp.dense_4h_to_h or attention.ov")] string Component,
        [property: Column("weight, or the head: head0 ...")] string Parameter,
        [property: Column("directions")] int Count,
        [property: Column("largest singular value")] double SpectralNorm,
        [property: Column("smallest relative gap between neighbouring singular values: with a tiny one directions have no identity")] double SmallestGap,
        [property: Column("mean over directions of the largest logit")] double TopLogit,
        [property: Column("singular values, descending")] double[] SingularValues,
        [property: Column("relative gap of each to its nearer neighbour")] double[] Gaps,
        [property: Column("20 token ids for each direction in turn, by logit")] int[] Tokens,
        [property: Column("their logits")] float[] Logits,
        [property: Column("20 token ids of the other sign for each direction")] int[] OtherTokens);

    /// <inheritdoc />
    public override bool UsesDevice => true;

    /// <inheritdoc />
    protected override AnalysisDescription Describe() => new()
    {
        Name = "svd-directions",
        Version = 2,
        Order = 5,
        Title = "What singular vectors say",
        Question = "Which tokens do the leading singular vectors of MLPs and heads stand for?",
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
            new(PlotKind.Series, "top_logit", "Logit of the top token, mean over directions", "logit"),
        ],
    };

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
        using var unembedding = new MappedWeights(input.Checkpoint, input.Device.Torch);
        var shape = input.Checkpoint.Shape;
        var tokens = Math.Min(input.Model.TokenCount, shape.VocabularyRows);
        var projection = unembedding[new WeightName(Components.EmbedOut, null, "weight")].narrow(0, 0, tokens);
        return
        [
            .. CoreThreads.Map([.. Enumerable.Range(0, shape.Blocks)], _ => 1, block => RowsOf(input, block, projection), input.Threads, cancellationToken).SelectMany(rows => rows),
        ];
    }

    private static Row[] RowsOf(AnalysisInput input, int block, Tensor projection)
    {
        using var off = no_grad();
        using var scope = NewDisposeScope();
        using var weights = new MappedWeights(input.Checkpoint, input.Device.Torch);
        return IsFinite(input, block) ? [.. ToRows(block, Matrices(input.Checkpoint.Shape, weights, block), projection)] : [];
    }

    // A decomposition of a matrix with NaN fails; weight-spectrum says which matrix holds one.
    private static bool IsFinite(AnalysisInput input, int block) => input.Checkpoint.Parameters
        .Where(parameter => parameter.Name.Block == block)
        .All(parameter => input.Distribution(parameter).NonFinite == 0);

    private static IReadOnlyList<(string Component, string Parameter, TopDirections Directions)> Matrices(ModelShape shape, MappedWeights weights, int block)
    {
        using var scope = NewDisposeScope();
        Tensor Get(string component) => weights[new WeightName(component, block, "weight")].to(float64);

        var read = Get(Components.MlpIn).mul(Get(Components.PostAttentionLayerNorm));
        var written = Get(Components.MlpOut);
        var values = Get(Components.QueryKeyValue).view(shape.Heads, 3, shape.HeadSize, shape.HiddenSize).select(1, 2).mul(Get(Components.InputLayerNorm));
        var outputs = Get(Components.AttentionDense).view(shape.HiddenSize, shape.Heads, shape.HeadSize).transpose(0, 1);
        var all = new List<(string, string, TopDirections Directions)>
        {
            (Components.MlpIn, "weight", TopDirections.OfGram(read.t().mm(read), Directions)),
            (Components.MlpOut, "weight", TopDirections.OfGram(written.mm(written.t()), Directions)),
        };
        all.AddRange(TopDirections.OfProducts(outputs, values, Directions).Select((directions, head) => (OutputValue, $"head{head}", directions)));
        all.ForEach(one => one.Directions.Vectors.MoveToOuterDisposeScope());
        return all;
    }

    // All directions of a block go through the unembedding together: a product of few rows would spend its time on rearranging the unembedding.
    private static IEnumerable<Row> ToRows(int block, IReadOnlyList<(string Component, string Parameter, TopDirections Directions)> matrices, Tensor projection)
    {
        using var scope = NewDisposeScope();
        var vectors = cat([.. matrices.Select(matrix => matrix.Directions.Vectors)], 0).to(float32); // [directions, d]
        var spoken = new List<Spoken>();
        for (long start = 0; start < vectors.shape[0]; start += RowsAtATime)
        {
            using var own = NewDisposeScope();
            var logits = vectors.narrow(0, start, Math.Min(RowsAtATime, vectors.shape[0] - start)).mm(projection.t()); // [directions, V]
            spoken.AddRange(Speak(logits.cpu()));
        }

        var rows = new List<Row>();
        var at = 0;
        foreach (var (component, parameter, directions) in matrices)
        {
            var own = spoken.GetRange(at, directions.Values.Length);
            at += own.Count;
            var gaps = Gaps(directions.Values);
            rows.Add(new Row(
                block, component, parameter, own.Count, directions.Values[0], gaps.DefaultIfEmpty(double.NaN).Min(),
                own.Average(direction => direction.Logits[0]), directions.Values, gaps,
                [.. own.SelectMany(direction => direction.Tokens)], [.. own.SelectMany(direction => direction.Logits)], [.. own.SelectMany(direction => direction.Others)]));
            directions.Dispose();
        }

        return rows;
    }

    private static unsafe Spoken[] Speak(Tensor logits)
    {
        var (count, vocabulary) = ((int)logits.shape[0], (int)logits.shape[1]);
        var spoken = new Spoken[count];
        fixed (byte* first = logits.bytes)
        {
            for (var direction = 0; direction < count; direction++)
            {
                spoken[direction] = Spoken.Of(new ReadOnlySpan<float>((float*)first + ((long)direction * vocabulary), vocabulary));
            }
        }

        return spoken;
    }

    private static double[] Gaps(double[] values) => [.. values.Select((value, i) => value > 0
        ? Math.Min(i > 0 ? values[i - 1] - value : double.PositiveInfinity, i + 1 < values.Length ? value - values[i + 1] : double.PositiveInfinity) / value
        : 0)];

    /// <summary>What one direction says: its tokens and their logits for the sign whose top logit is larger, and the other sign's tokens.</summary>
    private sealed record Spoken(int[] Tokens, float[] Logits, int[] Others)
    {
        public static Spoken Of(ReadOnlySpan<float> logits)
        {
            var (high, low) = TopTokens.Of(logits, TokensPerDirection);
            var sign = logits[high[0]] >= -logits[low[0]] ? 1 : -1;
            var (kept, other) = sign > 0 ? (high, low) : (low, high);
            var scores = new float[kept.Length];
            for (var i = 0; i < kept.Length; i++)
            {
                scores[i] = sign * logits[kept[i]];
            }

            return new Spoken(kept, scores, other);
        }
    }
}
