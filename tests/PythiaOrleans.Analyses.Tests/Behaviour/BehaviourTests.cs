using PythiaOrleans.Analyses.Behaviour;
using PythiaOrleans.Analyses.Models;
using PythiaOrleans.Checkpoints.Families;
using PythiaOrleans.Core.Tables;

namespace PythiaOrleans.Analyses.Tests;

public sealed class BehaviourTests
{
    private const int Rows = 2;
    private const int Length = 9;
    private const double Tolerance = 2e-5; // of a float32 pass against plain loops in float64

    // ActivationTests.Settings takes its batch from these: the text of the n-grams.
    private static readonly int[] Text = [3, 1, 4, 1, 5, 9, 2, 6, 5, 3, 5, 8, 9, 7, 10, 0, 2, 4];

    public static TheoryData<string> Families { get; } =
        ["gpt_neox", "gpt2", "gpt2, untied", "bloom", "llama", "llama, tied and shared", "olmo", "olmo2"];

    /// <summary>All sixteen predictions are kept, and of each the whole vocabulary, as it is smaller than what is kept at most.</summary>
    [Theory]
    [InlineData("gpt_neox")]
    [InlineData("llama")]
    public void KeptLogProbabilities_AreThoseOfPlainLoops(string family)
    {
        using var model = MemoryPlanTests.Model(family);
        var vocabulary = model.Shape.VocabularyRows;
        var found = ((float[])Run(model)["kept_log_probabilities"].Cells[0]!).Chunk(vocabulary + 1).ToArray();
        var expected = Batch().SelectMany(row => model.Loop(row)[^1].Chunk(vocabulary).SkipLast(1)).ToArray();
        Assert.Equal(expected.Length, found.Length);
        foreach (var (logits, kept) in expected.Zip(found))
        {
            var sum = Math.Log(logits.Sum(Math.Exp));
            Assert.All(logits.Zip(kept), pair => Assert.Equal(pair.First - sum, pair.Second, 2e-3 * Math.Max(1, sum - pair.First)));
            Assert.True(kept[^1] < -13); // nothing is left for the others
        }
    }

    /// <summary>Whole distributions over the vocabulary, compared by their definitions.</summary>
    [Theory]
    [MemberData(nameof(Families))]
    public void Row_OfAFamily_IsThatOfPlainLoops(string family)
    {
        using var model = MemoryPlanTests.Model(family);
        var table = Run(model);
        var expected = Expected(model);
        Assert.Equal(1, table.Count);
        Assert.Equal(Rows * (Length - 1), table["predictions"].Number(0));
        foreach (var (column, value) in expected)
        {
            Assert.True(
                Math.Abs(value - table[column].Number(0)) <= Tolerance * Math.Max(1, Math.Abs(value)),
                $"{column}: expected {value}, found {table[column].Number(0)}");
        }
    }

    /// <summary>Fifteen predictions: the last tenth is the fifteenth, around the first tenth are the second and the third.</summary>
    [Fact]
    public void InContextScore_IsLateMinusEarly_AndTenthsAreByFrequency()
    {
        using var model = MemoryPlanTests.Model("gpt_neox");
        var table = new BehaviourAnalysis(ActivationTests.Settings(1, 16)).Run(model.Input, TestContext.Current.CancellationToken);
        var (row, vocabulary) = (Text[..16], model.Shape.VocabularyRows);
        var logits = model.Loop(row)[^1];
        double[] losses =
        [
            .. Enumerable.Range(0, 15).Select(i => logits[(i * vocabulary)..((i + 1) * vocabulary)])
                .Select((own, i) => Math.Log(own.Sum(Math.Exp)) - own[row[i + 1]]),
        ];
        Assert.Equal(losses[14] - ((losses[1] + losses[2]) / 2), table["in_context_score"].Number(0), 1e-5);
        Assert.True(double.IsNaN(Run(model)["in_context_score"].Number(0))); // eight predictions have no last tenth

        // 5 is there three times in the text, then 1, 2, 3, 4 and 9 twice, by their ids: one prediction, then two, and so on.
        var tenths = (double[])table["decile_losses"].Cells[0]!;
        int[] ranked = [.. Enumerable.Range(0, 15).OrderByDescending(i => Text.Count(id => id == row[i + 1])).ThenBy(i => row[i + 1])];
        Assert.Equal(5, row[ranked[0] + 1]);
        Assert.Equal(losses[ranked[0]], tenths[0], 1e-5);
        Assert.Equal((losses[ranked[1]] + losses[ranked[2]]) / 2, tenths[1], 1e-5);
        Assert.Equal((losses[ranked[13]] + losses[ranked[14]]) / 2, tenths[9], 1e-5);
    }

    /// <summary>The path without blocks, token by token through plain norms.</summary>
    [Theory]
    [InlineData("gpt_neox")]
    [InlineData("gpt2")]
    [InlineData("llama")]
    public void DirectPath_IsEmbeddingNormAndUnembedding(string family)
    {
        using var model = MemoryPlanTests.Model(family);
        var (d, heads) = (model.Shape.HiddenSize, new LoopHeads(model));
        var embedding = heads.Find("embed_in", null)!.Chunk(d).ToArray();
        var unembedding = heads.Find("embed_out", null)?.Chunk(d).ToArray() ?? embedding;
        var gain = heads.Find("final_layer_norm", null)!;
        var bias = model.Weights.GetValueOrDefault(new WeightName("final_layer_norm", null, "bias")) ?? new double[d];
        var losses = Batch().SelectMany(row => row.Zip(row.Skip(1))).Select(pair =>
        {
            var x = embedding[pair.First];
            var mean = family == "llama" ? 0 : x.Average();
            var scale = 1 / Math.Sqrt(x.Average(value => (value - mean) * (value - mean)) + model.Shape.LayerNormEps);
            var normed = x.Select((value, i) => ((value - mean) * scale * gain[i]) + bias[i]).ToArray();
            var logits = unembedding.Select(row => row.Zip(normed, (a, b) => a * b).Sum()).ToArray();
            return Math.Log(logits.Sum(Math.Exp)) - logits[pair.Second];
        });
        Assert.Equal(losses.Average(), Run(model)["direct_path_loss"].Number(0), 1e-5);
    }

    /// <summary>A prediction that is the text's own bigram is at no distance from it, and nearest to n = 2.</summary>
    [Fact]
    public void Divergences_OfTheTextsOwnBigrams_AreNought()
    {
        int[] text = [0, 1, 2, 0, 1, 3, 0, 1, 2, 3, 1, 2, 0];
        var ngrams = new NgramModel(text, vocabulary: 5);
        for (var before = 0; before < 4; before++)
        {
            for (var last = 0; last < 5; last++)
            {
                for (var n = 1; n <= 3; n++)
                {
                    double[] q = [.. Enumerable.Range(0, 5).Select(token => Ngram(text, 5, n, [before, last], token))];
                    Assert.Equal(1, q.Sum(), 1e-12);
                    var context = ngrams.After(before, last);
                    var logits = Array.ConvertAll(context.Tokens, token => (float)Math.Log(q[token]));
                    double[] unigram = [.. Enumerable.Range(0, 5).Select(ngrams.Share)];
                    var (to, from) = context.Divergences(
                        q.Sum(p => p * Math.Log(p)), q.Select((p, token) => p * Math.Log(unigram[token])).Sum(),
                        unigram.Select((share, token) => share * Math.Log(q[token])).Sum(), ngrams.NegativeEntropy, 0, logits);
                    Assert.Equal(0, to[n - 1], 1e-6);
                    Assert.Equal(0, from[n - 1], 1e-6);
                }
            }
        }
    }

    /// <summary>Columns come in pieces of any width: the sums are those of the whole row, wherever the largest logit is.</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(40)]
    public void Predictions_OfPieces_AreThoseOfTheWhole(int width)
    {
        const int vocabulary = 40;
        var random = new Random(4);
        long[] row = [.. Enumerable.Range(0, 12).Select(_ => random.NextInt64(vocabulary))];
        var ngrams = new NgramModel([.. row.Select(token => (int)token)], vocabulary);
        float[] logits = [.. Enumerable.Range(0, (row.Length - 1) * vocabulary).Select(_ => (float)((random.NextDouble() - 0.5) * 30))];
        var (whole, pieces) = (new RowPredictions(row, ngrams, _ => [1, 5, 30]), new RowPredictions(row, ngrams, _ => [1, 5, 30]));
        LogSums plain = new(row.Length - 1), wholeSums = new(row.Length - 1), pieceSums = new(row.Length - 1);
        plain.Add(logits);
        wholeSums.Add(logits, (position, values, largest) => whole.Add(position, 0, values, largest));
        Assert.Equal(plain.Sum(), wholeSums.Sum()); // to the last bit: the loss of the pass is the same with an observer and without
        for (var start = 0; start < vocabulary; start += width)
        {
            var columns = Math.Min(width, vocabulary - start);
            var rows = logits.Chunk(vocabulary).SelectMany(position => position[start..(start + columns)]);
            var first = start;
            pieceSums.Add([.. rows], (position, values, largest) => pieces.Add(position, first, values, largest));
        }

        foreach (var (one, other) in whole.Finish().Zip(pieces.Finish()))
        {
            Assert.Equal(one.Loss, other.Loss, 1e-5);
            Assert.Equal(one.Entropy, other.Entropy, 1e-5);
            Assert.Equal(one.Confidence, other.Confidence, 1e-6);
            Assert.Equal(one.IsHit, other.IsHit);
            Assert.Equal(4, one.Kept.Length);
            Assert.All(one.Kept.Zip(other.Kept), pair => Assert.Equal(pair.First, pair.Second, 0.02));
            Assert.All(Enumerable.Range(0, 3), n => Assert.Equal(one.To[n], other.To[n], 1e-4));
            Assert.All(Enumerable.Range(0, 3), n => Assert.Equal(one.From[n], other.From[n], 1e-4));
        }
    }

    private static ResultTable Run(RandomModel model) =>
        new BehaviourAnalysis(ActivationTests.Settings(Rows, Length)).Run(model.Input, TestContext.Current.CancellationToken);

    private static int[][] Batch() => [.. Text.Chunk(Length)];

    // q of one, two or three tokens, straight from the definition.
    private static double Ngram(int[] text, int vocabulary, int n, int?[] context, int token)
    {
        if (n == 1)
        {
            return (text.Count(id => id == token) + 1.0) / (text.Length + vocabulary);
        }

        var shorter = Ngram(text, vocabulary, n - 1, context, token);
        var before = context[(2 - (n - 1))..];
        if (before.Contains(null))
        {
            return shorter;
        }

        var places = Enumerable.Range(0, text.Length - before.Length)
            .Where(i => before.Select((id, k) => text[i + k] == id).All(same => same))
            .ToArray();
        return (places.Count(i => text[i + before.Length] == token) + shorter) / (places.Length + 1);
    }

    private static Dictionary<string, double> Expected(RandomModel model)
    {
        var vocabulary = model.Shape.VocabularyRows;
        var found = new List<(int Token, double Loss, double Entropy, double Largest, bool Hit, double[] To, double[] From)>();
        foreach (var row in Batch())
        {
            var logits = model.Loop(row)[^1];
            for (var i = 0; i + 1 < row.Length; i++)
            {
                var own = logits[(i * vocabulary)..((i + 1) * vocabulary)];
                double[] p = [.. own.Select(logit => Math.Exp(logit) / own.Sum(Math.Exp))];
                var position = i;
                double[][] q =
                [
                    .. Enumerable.Range(1, 3).Select(n => Enumerable.Range(0, vocabulary).Select(token =>
                        Ngram(Text, vocabulary, n, [position > 0 ? row[position - 1] : null, row[position]], token)).ToArray()),
                ];
                found.Add((
                    row[i + 1], -Math.Log(p[row[i + 1]]), -p.Sum(share => share * Math.Log(share)), p.Max(), p[row[i + 1]] == p.Max(),
                    [.. q.Select(text => Divergence(p, text))], [.. q.Select(text => Divergence(text, p))]));
            }
        }

        var ranked = found.OrderByDescending(one => Text.Count(id => id == one.Token)).ThenBy(one => one.Token).ToArray();
        double[] to = [.. Enumerable.Range(0, 3).Select(n => found.Average(one => one.To[n]))];
        double[] from = [.. Enumerable.Range(0, 3).Select(n => found.Average(one => one.From[n]))];
        return new()
        {
            ["loss"] = found.Average(one => one.Loss),
            ["entropy"] = found.Average(one => one.Entropy),
            ["confidence"] = found.Average(one => one.Largest),
            ["accuracy"] = found.Average(one => one.Hit ? 1.0 : 0),
            ["kl_to_unigram"] = to[0],
            ["kl_to_bigram"] = to[1],
            ["kl_to_trigram"] = to[2],
            ["kl_from_unigram"] = from[0],
            ["kl_from_bigram"] = from[1],
            ["kl_from_trigram"] = from[2],
            ["nearest_ngram"] = Array.IndexOf(to, to.Min()) + 1,
            ["frequent_loss"] = ranked[..(ranked.Length / 10)].Average(one => one.Loss),
            ["rare_loss"] = ranked[(9 * ranked.Length / 10)..].Average(one => one.Loss),
        };
    }

    private static double Divergence(double[] p, double[] q) => p.Zip(q, (a, b) => a * Math.Log(a / b)).Sum();
}
