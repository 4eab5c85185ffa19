using PythiaOrleans.Analyses.SvdDirections;
using PythiaOrleans.Checkpoints.Families;
using PythiaOrleans.Checkpoints.Loading;
using TorchSharp;
using static TorchSharp.torch;

namespace PythiaOrleans.Analyses.Tests;

public sealed class SvdDirectionsTests
{
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
