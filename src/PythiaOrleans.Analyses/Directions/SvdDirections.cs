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
    protected override AnalysisDescription Describe() => new()
    {
        Name = "svd-directions",
        Version = 1,
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
        return NeoXModel.Knows(input.Checkpoint.Shape) ? MeasureBlocks(input, cancellationToken) : [];
    }

    private static List<Row> MeasureBlocks(AnalysisInput input, CancellationToken cancellationToken)
    {
        using var off = no_grad();
        using var scope = NewDisposeScope();
        using var weights = new MappedWeights(input.Checkpoint, CPU);
        using var unembedding = new MappedWeights(input.Checkpoint, CPU);
        var shape = input.Checkpoint.Shape;
        var tokens = Math.Min(input.Model.TokenCount, shape.VocabularyRows);
        var projection = unembedding[new WeightName(Components.EmbedOut, null, "weight")].narrow(0, 0, tokens);
        var rows = new List<Row>();
        for (var block = 0; block < shape.Blocks; block++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            using var own = NewDisposeScope();
            if (IsFinite(input, block))
            {
                foreach (var (component, parameter, directions) in Matrices(shape, weights, block))
                {
                    rows.Add(ToRow(block, component, parameter, directions, projection));
                    directions.Dispose();
                }
            }

            weights.Release();
        }

        return rows;
    }

    // A decomposition of a matrix with NaN fails; weight-spectrum says which matrix holds one.
    private static bool IsFinite(AnalysisInput input, int block) => input.Checkpoint.Parameters
        .Where(parameter => parameter.Name.Block == block)
        .All(parameter => input.Distribution(parameter).NonFinite == 0);

    private static IEnumerable<(string Component, string Parameter, TopDirections Directions)> Matrices(ModelShape shape, MappedWeights weights, int block)
    {
        Tensor Get(string component) => weights[new WeightName(component, block, "weight")].to(float64);

        var read = Get(Components.MlpIn).mul(Get(Components.PostAttentionLayerNorm));
        yield return (Components.MlpIn, "weight", TopDirections.OfGram(read.t().mm(read), Directions));
        var written = Get(Components.MlpOut);
        yield return (Components.MlpOut, "weight", TopDirections.OfGram(written.mm(written.t()), Directions));

        var values = Get(Components.QueryKeyValue).view(shape.Heads, 3, shape.HeadSize, shape.HiddenSize).select(1, 2).mul(Get(Components.InputLayerNorm));
        var outputs = Get(Components.AttentionDense).view(shape.HiddenSize, shape.Heads, shape.HeadSize);
        for (var head = 0; head < shape.Heads; head++)
        {
            yield return (OutputValue, $"head{head}", TopDirections.OfProduct(outputs.select(1, head), values[head], Directions));
        }
    }

    private static Row ToRow(int block, string component, string parameter, TopDirections directions, Tensor projection)
    {
        using var scope = NewDisposeScope();
        var logits = directions.Vectors.to(float32).mm(projection.t()); // [k, V]
        var (count, vocabulary) = ((int)logits.shape[0], (int)logits.shape[1]);
        var all = logits.data<float>().ToArray();
        var (tokens, scores, others) = (new List<int>(), new List<float>(), new List<int>());
        for (var direction = 0; direction < count; direction++)
        {
            var own = all.AsSpan(direction * vocabulary, vocabulary);
            var (high, low) = (Largest(own, 1), Largest(own, -1));
            var sign = own[high[0]] >= -own[low[0]] ? 1 : -1;
            var (kept, other) = sign > 0 ? (high, low) : (low, high);
            tokens.AddRange(kept);
            others.AddRange(other);
            foreach (var token in kept)
            {
                scores.Add(sign * own[token]);
            }
        }

        var gaps = Gaps(directions.Values);
        return new Row(
            block, component, parameter, count, directions.Values[0], gaps.DefaultIfEmpty(double.NaN).Min(),
            Enumerable.Range(0, count).Average(direction => scores[direction * (scores.Count / count)]), directions.Values, gaps, [.. tokens], [.. scores], [.. others]);
    }

    private static double[] Gaps(double[] values) => [.. values.Select((value, i) => value > 0
        ? Math.Min(i > 0 ? values[i - 1] - value : double.PositiveInfinity, i + 1 < values.Length ? value - values[i + 1] : double.PositiveInfinity) / value
        : 0)];

    // The places of the largest of sign · value; of equal ones the smaller place first.
    private static int[] Largest(ReadOnlySpan<float> values, int sign)
    {
        var most = Math.Min(TokensPerDirection, values.Length);
        var queue = new PriorityQueue<int, (float Value, int Place)>(most + 1);
        var least = float.NegativeInfinity;
        for (var i = 0; i < values.Length; i++)
        {
            var value = sign * values[i];
            if (queue.Count < most || value > least)
            {
                queue.Enqueue(i, (value, -i));
                if (queue.Count > most)
                {
                    queue.Dequeue();
                }

                least = queue.Count == most && queue.TryPeek(out _, out var smallest) ? smallest.Value : float.NegativeInfinity;
            }
        }

        var places = new int[queue.Count];
        for (var i = places.Length - 1; i >= 0; i--)
        {
            places[i] = queue.Dequeue();
        }

        return places;
    }
}
