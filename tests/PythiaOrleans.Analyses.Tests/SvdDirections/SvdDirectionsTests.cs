using PythiaOrleans.Analyses.SvdDirections;
using PythiaOrleans.Checkpoints.Families;
using PythiaOrleans.Checkpoints.Loading;
using PythiaOrleans.Core.Tables;
using TorchSharp;
using static TorchSharp.torch;

namespace PythiaOrleans.Analyses.Tests;

public sealed class SvdDirectionsTests
{
    private const string OutputValue = "attention.ov";

    private static readonly ModelShape Shape = ActivationTests.Shape(24, 2, 3) with { VocabularyRows = 90 };

    /// <summary>
    /// Against dense decompositions in float64 of the matrices as the method defines them, heads' products formed: the same tokens wherever
    /// directions are apart.
    /// </summary>
    [Fact]
    public void Tokens_AreThoseOfADenseDecomposition()
    {
        using var model = new RandomModel(Shape, seed: 11);
        var table = new SvdDirectionsAnalysis().Run(model.Input, TestContext.Current.CancellationToken);
        Assert.Equal(2 * (2 + 3), table.Count);
        var compared = 0;
        for (var row = 0; row < table.Count; row++)
        {
            using var scope = NewDisposeScope();
            var block = (int)table["block"].Cells[row]!;
            var (vectors, values) = Dense(model, block, (string)table["component"].Cells[row]!, (string)table["parameter"].Cells[row]!);
            var projection = Matrix(model, Components.EmbedOut, null, Shape.VocabularyRows);
            var (tokens, others) = ((int[])table["tokens"].Cells[row]!, (int[])table["other_tokens"].Cells[row]!);
            var gaps = (double[])table["gaps"].Cells[row]!;
            var found = (double[])table["singular_values"].Cells[row]!;
            Assert.Equal(gaps.Min(), table["smallest_gap"].Number(row));
            Assert.Equal((found[0] - found[1]) / found[0], gaps[0], 1e-12);
            for (var direction = 0; direction < (int)table["count"].Number(row); direction++)
            {
                Assert.Equal(values[direction], found[direction], 1e-6 * values[0]);
                if (gaps[direction] < 1e-3 || found[direction] < 1e-4 * found[0])
                {
                    continue;
                }

                var logits = projection.mv(vectors[direction]).data<double>().ToArray();
                var high = Enumerable.Range(0, logits.Length).OrderByDescending(token => logits[token]).Take(20).ToArray();
                var low = Enumerable.Range(0, logits.Length).OrderBy(token => logits[token]).Take(20).ToArray();
                var (kept, other) = logits[high[0]] >= -logits[low[0]] ? (high, low) : (low, high);
                Assert.Equal(kept, tokens[(20 * direction)..(20 * (direction + 1))]);
                Assert.Equal(other, others[(20 * direction)..(20 * (direction + 1))]);
                var found20 = ((float[])table["logits"].Cells[row]!)[(20 * direction)..(20 * (direction + 1))];
                Assert.Equal(kept.Select(token => Math.Abs(logits[token])), found20.Select(logit => (double)Math.Abs(logit)),
                    (a, b) => Math.Abs(a - b) < 1e-4);
                compared++;
            }
        }

        Assert.True(compared > 100, $"{compared} directions compared");
    }

    public static TheoryData<string> Families { get; } =
        ["gpt2", "bloom", "llama", "llama, tied and shared", "mistral", "olmo", "olmo2", "qwen3"];

    /// <summary>However a family stores its heads and norms: the directions of the whole matrices, and their tokens.</summary>
    [Theory]
    [MemberData(nameof(Families))]
    public void Directions_OfAFamily_AreThoseOfTheWholeMatrices(string family)
    {
        using var model = MemoryPlanTests.Model(family);
        var table = new SvdDirectionsAnalysis().Run(model.Input, TestContext.Current.CancellationToken);
        var matrices = WholeMatrices.Of(model);
        var compared = 0;
        Assert.Equal(
            matrices.Keys.Where(key => key.Split(' ')[1] is OutputValue or Components.MlpIn or Components.MlpGate or Components.MlpOut)
                .Order(),
            Enumerable.Range(0, table.Count).Select(row => Key(table, row)).Order());
        for (var row = 0; row < table.Count; row++)
        {
            using var scope = NewDisposeScope();
            var whole = matrices[Key(table, row)];
            var (left, values, right) = linalg.svd(
                tensor(whole.SelectMany(line => line).ToArray(), [whole.Length, whole[0].Length]), fullMatrices: false);
            var reads = (string)table["component"].Cells[row]! is Components.MlpIn or Components.MlpGate;
            var vectors = reads ? right : left.t();
            var (found, gaps, tokens) = (table.Read<double[]>("singular_values")[row], table.Read<double[]>("gaps")[row],
                table.Read<int[]>("tokens")[row]);
            var (expected, each) = (values.data<double>().ToArray(), tokens.Length / found.Length);
            var projection = Matrix(
                model, model.Shape.TiedEmbedding ? Components.EmbedIn : Components.EmbedOut, null, model.Shape.VocabularyRows).to(float64);
            for (var direction = 0; direction < found.Length; direction++)
            {
                Assert.Equal(expected[direction], found[direction], 1e-5 * expected[0]);
                if (gaps[direction] < 1e-2 || found[direction] < 1e-3 * found[0])
                {
                    continue;
                }

                var logits = projection.narrow(0, 0, model.Input.Model.TokenCount).mv(vectors[direction]).data<double>().ToArray();
                var high = Enumerable.Range(0, logits.Length).OrderByDescending(token => logits[token]).Take(each).ToArray();
                var low = Enumerable.Range(0, logits.Length).OrderBy(token => logits[token]).Take(each).ToArray();
                Assert.Equal(
                    logits[high[0]] >= -logits[low[0]] ? high : low, tokens[(each * direction)..(each * (direction + 1))]);
                compared++;
            }
        }

        Assert.True(compared > 20, $"{compared} directions compared");
    }

    /// <summary>
    /// A direction that stands for tokens with one embedding is as coherent as can be; at random embeddings there is nothing to see.
    /// </summary>
    [Fact]
    public void Coherence_IsHighWhereADirectionsTokensAreAlike_AndNoneAtRandom()
    {
        using var random = new RandomModel(Shape, seed: 11);
        var rows = new SvdDirectionsAnalysis().Run(random.Input, TestContext.Current.CancellationToken).Read<double>("coherence");
        Assert.All(rows, coherence => Assert.InRange(coherence, -0.05, 0.05));

        // Every token is one of two kinds, and its kind is all that either embedding knows of it.
        using var kinds = new RandomModel(Shape, seed: 11, edit: (name, values) =>
        {
            if (name.Component is Components.EmbedIn or Components.EmbedOut)
            {
                for (var i = 0; i < values.Length; i++)
                {
                    var (token, at) = (i / Shape.HiddenSize, i % Shape.HiddenSize);
                    var length = name.Component == Components.EmbedOut ? 1 + token : 1;
                    values[i] = (token % 2 == 0 ? 1 : -1) * (float)Math.Sin(1 + at) * length;
                }
            }
        });
        var alike = new SvdDirectionsAnalysis().Run(kinds.Input, TestContext.Current.CancellationToken).Read<double>("coherence");
        // All 20 tokens are of one kind: cosine 1, over a vocabulary of half and half, whose mean is −1/(V − 1).
        Assert.All(alike, coherence => Assert.Equal(1 + (1.0 / (Shape.VocabularyRows - 1)), coherence, 1e-6));
    }

    [Fact]
    public void Coherence_IsTheMeanOverPairs()
    {
        const int width = 19; // two vectors and a rest
        var random = new Random(3);
        var values = Enumerable.Range(0, 30 * width).Select(_ => (float)(random.NextDouble() - 0.3)).ToArray();
        Array.Clear(values, 4 * width, width); // a token without an embedding
        values[9 * width] = float.NaN;
        var coherence = new TokenCoherence(MemoryTensor.Of(values, 30, width), 30, threads: 2, TestContext.Current.CancellationToken);
        int[] known = [.. Enumerable.Range(0, 30).Where(token => token is not (4 or 9))];
        Assert.Equal(Pairs(known), coherence.Vocabulary, 1e-12);
        Assert.Equal(
            ((Pairs([1, 2, 5]) + Pairs([7, 8])) / 2) - Pairs(known), coherence.Mean([[1, 2, 4, 5], [7, 8, 9], [4, 9, 3]]), 1e-12);
        Assert.True(double.IsNaN(coherence.Mean([[4, 9, 3]])));
        Assert.True(double.IsNaN(coherence.Mean([])));

        double Pairs(int[] tokens) => tokens.SelectMany(a => tokens.Where(b => b > a).Select(b => Cosine(a, b))).Average();

        double Cosine(int a, int b)
        {
            var (one, other) = (values[(a * width)..((a + 1) * width)], values[(b * width)..((b + 1) * width)]);
            return Dot(one, other) / Math.Sqrt(Dot(one, one) * Dot(other, other));
        }

        static double Dot(float[] one, float[] other) => one.Zip(other, (x, y) => (double)x * y).Sum();
    }

    /// <summary>Heads that change places, with the columns that read them, take their rows along; nothing else changes.</summary>
    [Fact]
    public void HeadPermutation_PermutesTheRowsOfTheHeads()
    {
        int[] from = [2, 0, 1];
        var (size, width) = (Shape.HeadSize, Shape.HiddenSize);
        using var model = new RandomModel(Shape, seed: 11);
        using var permuted = new RandomModel(Shape, seed: 11, edit: (name, values) =>
        {
            var old = (float[])values.Clone();
            for (var i = 0; i < values.Length; i++)
            {
                var block = 3 * size * (name.Parameter == "bias" ? 1 : width); // of one head's rows
                values[i] = name.Component switch
                {
                    Components.QueryKeyValue => old[(from[i / block] * block) + (i % block)],
                    Components.AttentionDense when name.Parameter == "weight" =>
                        old[(i / width * width) + (from[i % width / size] * size) + (i % size)],
                    _ => old[i],
                };
            }
        });

        var (before, after) = (Rows(model), Rows(permuted));

        Assert.Equal(before.Count, after.Count);
        foreach (var ((block, component, parameter), row) in after)
        {
            var head = parameter.StartsWith("head", StringComparison.Ordinal) ? $"head{from[parameter[^1] - '0']}" : parameter;
            var origin = before[(block, component, head)];
            Assert.Equal(origin.Tokens, row.Tokens);
            Assert.Equal(origin.Values, row.Values);
        }
    }

    [Fact]
    public void Directions_OfAMatrixWithANaN_AreLeftOutWithTheirBlock()
    {
        var broken = new WeightName(Components.MlpOut, 0, "weight");
        using var model = new RandomModel(Shape, seed: 11, name => name == broken ? float.NaN : null);
        var table = new SvdDirectionsAnalysis().Run(model.Input, TestContext.Current.CancellationToken);
        Assert.Equal(5, table.Count);
        Assert.All(table["block"].Cells, block => Assert.Equal(1, block));
    }

    [Fact]
    public void Directions_WithoutAnyFiniteToken_SayNothing()
    {
        using var model = new RandomModel(Shape, seed: 11, edit: (name, values) =>
        {
            if (name.Component == Components.EmbedOut)
            {
                Array.Fill(values, float.NaN);
            }
        });
        Assert.Equal(0, new SvdDirectionsAnalysis().Run(model.Input, TestContext.Current.CancellationToken).Count);
    }

    private static string Key(ResultTable table, int row) =>
        $"{table["block"].Cells[row]} {table["component"].Cells[row]} {table["parameter"].Cells[row]}";

    private static Dictionary<(int Block, string Component, string Parameter), (int[] Tokens, double[] Values)> Rows(RandomModel model)
    {
        var table = new SvdDirectionsAnalysis().Run(model.Input, TestContext.Current.CancellationToken);
        return Enumerable.Range(0, table.Count).ToDictionary(
            row => ((int)table["block"].Cells[row]!, (string)table["component"].Cells[row]!, (string)table["parameter"].Cells[row]!),
            row => ((int[])table["tokens"].Cells[row]!, (double[])table["singular_values"].Cells[row]!));
    }

    private static (Tensor Vectors, double[] Values) Dense(RandomModel model, int block, string component, string parameter)
    {
        var d = Shape.HiddenSize;
        if (component == Components.MlpIn)
        {
            var (_, values, right) = linalg.svd(Matrix(model, component, block, 4 * d) * Vector(model, Components.PostAttentionLayerNorm,
                block), fullMatrices: false);
            return (right, values.data<double>().ToArray());
        }

        if (component == Components.MlpOut)
        {
            var (left, values, _) = linalg.svd(Matrix(model, component, block, d), fullMatrices: false);
            return (left.t(), values.data<double>().ToArray());
        }

        var (head, size) = (int.Parse(parameter["head".Length..], System.Globalization.CultureInfo.InvariantCulture), Shape.HeadSize);
        var fused = Matrix(model, Components.QueryKeyValue, block, 3 * d);
        var value = fused.narrow(0, ((head * 3) + 2) * size, size) * Vector(model, Components.InputLayerNorm, block);
        var output = Matrix(model, Components.AttentionDense, block, d).narrow(1, head * size, size);
        var (vectors, singular, _) = linalg.svd(output.mm(value), fullMatrices: false);
        return (vectors.t(), singular.data<double>().ToArray());
    }

    private static Tensor Matrix(RandomModel model, string component, int? block, int rows) =>
        tensor(model.Weights[new WeightName(component, block, "weight")]).view(rows, -1);

    private static Tensor Vector(RandomModel model, string component, int block) =>
        tensor(model.Weights[new WeightName(component, block, "weight")]);
}
