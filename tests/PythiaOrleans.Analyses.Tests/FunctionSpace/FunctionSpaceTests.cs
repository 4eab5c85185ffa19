using PythiaOrleans.Analyses.FunctionSpace;
using PythiaOrleans.Checkpoints.Families;
using PythiaOrleans.Core.Tables;
using static TorchSharp.torch;

namespace PythiaOrleans.Analyses.Tests;

public sealed class FunctionSpaceTests
{
    public static TheoryData<string> Families { get; } =
        ["gpt_neox", "gpt2", "bloom", "llama", "llama, tied and shared", "mistral", "olmo", "olmo2", "qwen3"];

    /// <summary>Every product formed and decomposed in float64, gains multiplied in by plain loops.</summary>
    [Theory]
    [MemberData(nameof(Families))]
    public void Rows_OfAFamily_AreThoseOfTheWholeMatrices(string family)
    {
        using var model = MemoryPlanTests.Model(family);
        var table = Run(model);
        var expected = WholeMatrices.Of(model);
        Assert.Equal(expected.Keys.Order(), Keys(table).Order());
        for (var row = 0; row < table.Count; row++)
        {
            using var scope = NewDisposeScope();
            var key = Keys(table)[row];
            var matrix = expected[key];
            var values = linalg.svdvals(tensor(matrix.SelectMany(line => line).ToArray(), [matrix.Length, matrix[0].Length]))
                .data<double>().ToArray();
            var squares = values.Sum(value => value * value);
            var shares = values.Select(value => value / values.Sum()).Where(share => share > 1e-12).ToArray();
            AssertClose(Math.Sqrt(matrix.Sum(line => line.Sum(value => value * value))), "norm");
            AssertClose(values[0], "spectral_norm");
            AssertClose(squares / (values[0] * values[0]), "stable_rank");
            AssertClose(Math.Exp(-shares.Sum(share => share * Math.Log(share))), "effective_rank");
            Assert.Equal(0, table["non_finite"].Number(row));
            Assert.Equal(key.EndsWith("weight", StringComparison.Ordinal), table["weibull_k"].Cells[row] is not null);

            void AssertClose(double wanted, string column) =>
                Assert.True(
                    Math.Abs(wanted - table[column].Number(row)) <= 1e-5 * Math.Abs(wanted),
                    $"{column} of {key}: expected {wanted}, found {table[column].Number(row)}");
        }
    }

    /// <summary>
    /// Gains that move into the matrices which they feed leave the model what it is: none of the numbers may change, though every matrix
    /// does.
    /// </summary>
    [Theory]
    [InlineData("gpt_neox")]
    [InlineData("gpt2")]
    [InlineData("llama")]
    [InlineData("llama, tied and shared")]
    public void Gains_MovedIntoTheMatrices_ChangeNothing(string family)
    {
        using var model = MemoryPlanTests.Model(family);
        using var moved = Move(model, family);
        var (before, after) = (Run(model), Run(moved));
        Assert.Equal(Keys(before), Keys(after));
        foreach (var column in new[] { "norm", "spectral_norm", "stable_rank", "effective_rank", "weibull_k", "weibull_scale" })
        {
            // Counting for the probability plot keeps 9 bits.
            var tolerance = column.StartsWith("weibull", StringComparison.Ordinal) ? 2e-3 : 1e-5;
            for (var row = 0; row < before.Count; row++)
            {
                var (one, other) = (before[column].Number(row), after[column].Number(row));
                Assert.True(
                    double.IsNaN(one) ? double.IsNaN(other) : Math.Abs(one - other) <= tolerance * Math.Abs(one),
                    $"{column} of {Keys(before)[row]}: {one} became {other}");
            }
        }

        var norms = new PythiaOrleans.Analyses.WeightMoments.WeightMomentsAnalysis();
        var (plain, changed) = (
            norms.Run(model.Input, TestContext.Current.CancellationToken), norms.Run(moved.Input, TestContext.Current.CancellationToken));
        Assert.NotEqual(plain.Read<double>("norm"), changed.Read<double>("norm"));
    }

    [Fact]
    public void Weights_WithANaN_SayWhere()
    {
        var broken = new WeightName(Components.MlpIn, 1, "weight");
        using var model = new RandomModel(ActivationTests.Shape(16, 2, 2), seed: 3, name => name == broken ? float.NaN : null);
        var table = Run(model);
        var keys = Keys(table);
        for (var row = 0; row < table.Count; row++)
        {
            var isBroken = keys[row] == "1 mlp.dense_h_to_4h weight";
            Assert.Equal(isBroken ? 1 : 0, table["non_finite"].Number(row));
            Assert.Equal(isBroken, double.IsNaN(table["norm"].Number(row)));
        }
    }

    /// <summary>A Gaussian matrix has the k and the scale of a half-normal sample.</summary>
    [Fact]
    public void WeibullShape_OfGaussianWeights_IsThatOfAHalfNormal()
    {
        var random = new Random(5);
        using var model = new RandomModel(ActivationTests.Shape(128, 1, 2), seed: 3, edit: (name, values) =>
        {
            for (var i = 0; i < values.Length; i++)
            {
                values[i] = name.Component.EndsWith("layernorm", StringComparison.Ordinal)
                    ? 1
                    : (float)(0.02 * Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble()));
            }
        });
        var table = Run(model);
        var row = Array.IndexOf(Keys(table), "0 mlp.dense_h_to_4h weight");
        Assert.Equal(1.2054, table["weibull_k"].Number(row), 0.01);
        Assert.Equal(0.8875 * 0.02, table["weibull_scale"].Number(row), 0.0001);
        Assert.InRange(table["weibull_r_squared"].Number(row), 0.99, 1);
    }

    private static ResultTable Run(RandomModel model) =>
        new FunctionSpaceAnalysis().Run(model.Input, TestContext.Current.CancellationToken);

    private static string[] Keys(ResultTable table) =>
    [
        .. Enumerable.Range(0, table.Count).Select(row =>
            $"{table["block"].Cells[row]?.ToString() ?? "-"} {table["component"].Cells[row]} {table["parameter"].Cells[row]}"),
    ];

    // The same weights with the gains of the norms before attention and MLP, and of the final norm, in the matrices that read them.
    private static RandomModel Move(RandomModel model, string family)
    {
        var d = model.Shape.HiddenSize;
        var isGpt2 = model.Shape.ModelType == "gpt2";
        return family == "gpt_neox"
            ? new RandomModel(model.Shape, seed: 1, edit: Edit)
            : new RandomModel(model.Shape, seed: 1, edit: Edit, config: OtherFamilies.Config(family));

        void Edit(WeightName name, float[] values)
        {
            var own = model.Weights[name];
            var norm = name.Component switch
            {
                Components.QueryKeyValue or Components.Query or Components.Key or Components.Value => Components.InputLayerNorm,
                Components.MlpIn or Components.MlpGate => Components.PostAttentionLayerNorm,
                Components.EmbedOut => Components.FinalLayerNorm,
                _ => null,
            };
            var gain = norm is null || name.Parameter == "bias" ? null : model.Weights[new WeightName(norm, name.Block, "weight")];
            var isMoved = name.Parameter == "weight" && (name.Component is Components.InputLayerNorm or Components.PostAttentionLayerNorm
                || (name.Component == Components.FinalLayerNorm && !model.Shape.TiedEmbedding));
            for (var i = 0; i < values.Length; i++)
            {
                var input = isGpt2 && norm != Components.FinalLayerNorm ? i / (values.Length / d) : i % d;
                values[i] = isMoved ? 1 : (float)(own[i] * (gain?[input] ?? 1));
            }
        }
    }
}
