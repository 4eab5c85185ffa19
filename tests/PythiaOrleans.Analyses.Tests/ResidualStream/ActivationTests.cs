using PythiaOrleans.Analyses.Decompositions;
using PythiaOrleans.Analyses.Models;
using PythiaOrleans.Analyses.ResidualStream;
using PythiaOrleans.Analyses.Tokens;
using PythiaOrleans.Analyses.WeightGradients;
using PythiaOrleans.Analyses.WeightSpectrum;
using PythiaOrleans.Checkpoints.Families;
using PythiaOrleans.Checkpoints.Formats;
using PythiaOrleans.Core.Tables;
using PythiaOrleans.Numerics.PowerLaws;

namespace PythiaOrleans.Analyses.Tests;

public sealed class ActivationTests
{
    private static readonly int[] Ids = [3, 1, 4, 1, 5, 9, 2, 6, 5, 3, 5, 8, 9, 7, 10, 0, 2, 4];

    [Theory]
    [InlineData(16, 2, 2, 0.25, true, 2, 9)]
    [InlineData(24, 3, 3, 1.0, true, 3, 5)]
    [InlineData(64, 1, 1, 0.25, false, 1, 7)]
    public void ResidualStream_OfARandomModel_IsThatOfPlainLoops(int hidden, int blocks, int heads, double rotaryPct, bool parallel,
        int rows, int length)
    {
        using var model = new RandomModel(Shape(hidden, blocks, heads) with { RotaryPct = rotaryPct, ParallelResidual = parallel },
            seed: hidden);
        AssertStream(model, rows, length);
    }

    [Theory]
    [MemberData(nameof(OtherFamilies.Names), MemberType = typeof(OtherFamilies))]
    public void ResidualStream_OfAnotherFamily_IsThatOfPlainLoops(string family)
    {
        using var model = new RandomModel(family, seed: family.Length);
        AssertStream(model, rows: 2, length: 9);
    }

    [Theory]
    [MemberData(nameof(OtherFamilies.Names), MemberType = typeof(OtherFamilies))]
    public void Gradients_OfAnotherFamily_AreTheSlopesOfTheLoss(string family)
    {
        using var model = new RandomModel(family, seed: 3 * family.Length);
        AssertGradients(model, 2, 7, model.Checkpoint.Parameters.Count(parameter => parameter.Tensor.Shape.Count == 2));
    }

    private static void AssertStream(RandomModel model, int rows, int length)
    {
        var (hidden, blocks) = (model.Shape.HiddenSize, model.Shape.Blocks);
        var table = new ResidualStreamAnalysis(Settings(rows, length)).Run(model.Input, TestContext.Current.CancellationToken);
        var stages = Rows(rows, length).Select(row => model.Loop(row)).ToArray();

        Assert.Equal(2 * (blocks + 2), table.Count);
        for (var stage = 0; stage <= blocks; stage++)
        {
            AssertRow(table, 2 * stage, [.. stages.SelectMany(row => row[stage])], hidden);
            AssertRow(table, (2 * stage) + 1, [.. stages.SelectMany(row => row[stage][hidden..])], hidden);
        }

        Assert.Equal(model.Loss(Rows(rows, length)), table["loss"].Number(0), 1e-6);
        Assert.Equal("final_layer_norm", table["component"].Cells[^1]);
    }

    /// <summary>Central differences of the float64 loss, for a few weights of every matrix.</summary>
    [Theory]
    [InlineData(16, 2, 2, 0.25, true, 2, 9)]
    [InlineData(24, 2, 3, 1.0, true, 1, 7)]
    [InlineData(16, 2, 2, 0.5, false, 3, 5)]
    public void Gradients_OfARandomModel_AreTheSlopesOfTheLoss(int hidden, int blocks, int heads, double rotaryPct, bool parallel,
        int rows, int length)
    {
        using var model = new RandomModel(Shape(hidden, blocks, heads) with { RotaryPct = rotaryPct, ParallelResidual = parallel },
            seed: 7 * hidden);
        AssertGradients(model, rows, length, 2 + (4 * blocks));
    }

    /// <summary>The vocabulary goes by in three pieces, the last of them a short one.</summary>
    [Fact]
    public void Gradients_OverPiecesOfTheVocabulary_AreTheSlopesOfTheLoss()
    {
        using var model = new RandomModel(Shape(16, 1, 2) with { VocabularyRows = 1_101 }, seed: 8);
        AssertGradients(model, 2, 9, 6);
    }

    private static void AssertGradients(RandomModel model, int rows, int length, int matrices)
    {
        var gradients = new Dictionary<WeightName, float[]>();
        var batch = Rows(rows, length).Select(row => row.Select(id => (long)id).ToArray()).ToArray();
        var loss = BackwardPass.Run(
            model.Checkpoint, batch, TestDevice.Plan, (name, gradient) =>
                gradients.Add(name, Floats(gradient)), TestContext.Current.CancellationToken);

        Assert.Equal(model.Loss(Rows(rows, length)), loss, 1e-6);
        Assert.Equal(matrices, gradients.Count);
        var random = new Random(5);
        foreach (var (name, gradient) in gradients)
        {
            var weights = model.Weights[name];
            Assert.Equal(weights.Length, gradient.Length);
            var size = Math.Sqrt(gradient.Sum(value => (double)value * value) / gradient.Length);
            for (var trial = 0; trial < 6; trial++)
            {
                const double step = 1e-4;
                var (at, before) = (random.Next(weights.Length), 0.0);
                before = weights[at];
                weights[at] = before + step;
                var above = model.Loss(Rows(rows, length));
                weights[at] = before - step;
                var below = model.Loss(Rows(rows, length));
                weights[at] = before;
                var slope = (above - below) / (2 * step);
                // Float32: one in a thousand is wrong by 1e-6 of that, a single one by 1.6e-5.
                Assert.True(Math.Abs(slope - gradient[at]) <= 2e-5 * Math.Max(size, Math.Abs(gradient[at])),
                    $"{name}[{at}]: expected {slope}, found {gradient[at]}");
            }
        }
    }

    [Theory]
    [InlineData("gpt2")]
    [InlineData("llama, tied and shared")]
    [InlineData("gpt_neox")]
    public void Gradients_WithGraphsKeptOrBlocksRunAgain_AreTheSame(string family)
    {
        using var model = family == "gpt_neox" ? new RandomModel(Shape(24, 3, 3), seed: 4) : new RandomModel(family, seed: 4);
        Assert.True(BackwardPass.KeepsGraphs(model.Shape, 18));
        Assert.False(BackwardPass.KeepsGraphs(model.Shape, 18, maxBytes: 0));

        var kept = Run(BackwardPass.MaxGraphBytes);
        var again = Run(0);

        Assert.Equal(kept.Loss, again.Loss, 1e-6);
        Assert.Equal(kept.Gradients.Keys.ToHashSet(), [.. again.Gradients.Keys]);
        Assert.All(kept.Gradients, gradient => Assert.All(
            gradient.Value.Zip(again.Gradients[gradient.Key]), pair =>
                Assert.Equal(pair.First, pair.Second, 1e-5 * gradient.Value.Max(Math.Abs))));

        (double Loss, Dictionary<WeightName, float[]> Gradients) Run(long most)
        {
            var gradients = new Dictionary<WeightName, float[]>();
            var batch = Rows(2, 9).Select(row => row.Select(id => (long)id).ToArray()).ToArray();
            var loss = BackwardPass.Run(
                model.Checkpoint, batch, TestDevice.Plan with { MaxGraphBytes = most }, (name, gradient) =>
                    gradients.Add(name, Floats(gradient)), TestContext.Current.CancellationToken);
            return (loss, gradients);
        }
    }

    /// <summary>32,768 rows of 2,048 tokens over 36 blocks are more activations than an int counts: they are not kept.</summary>
    [Fact]
    public void GraphsOfAHugeBatch_AreNotKept()
    {
        var shape = Shape(64, 36, 2);
        Assert.False(PassMemory.KeepsGraphs(shape, 32_768, 2_048));
        Assert.True(PassMemory.KeepsGraphs(shape, 8, 512));
    }

    [Fact]
    public void WeightGradients_GiveARowForEveryMatrixWithTheNormOfItsGradient()
    {
        using var model = new RandomModel(Shape(16, 2, 2), seed: 3);
        var table = new WeightGradientsAnalysis(Settings(2, 9)).Run(model.Input, TestContext.Current.CancellationToken);
        var norms = new List<double>();
        BackwardPass.Run(
            model.Checkpoint, [.. Rows(2, 9).Select(row => row.Select(id => (long)id).ToArray())], TestDevice.Plan,
            (_, gradient) =>
                norms.Add(Math.Sqrt(Floats(gradient).Sum(value => (double)value * value))), TestContext.Current.CancellationToken);
        Assert.Equal(10, table.Count);
        Assert.Equal("embed_in", table["component"].Cells[0]);
        // float32 on another number of threads
        Assert.Equal(norms.Order(), Enumerable.Range(0, 10).Select(row => table["norm"].Number(row)).Order(),
            (a, b) => Math.Abs(a - b) < 1e-6 * Math.Abs(a));
    }

    /// <summary>A NaN in a weight is measured and counted, and stops no analysis.</summary>
    [Fact]
    public void Weights_WithANaN_AreMeasuredWithoutIt()
    {
        var broken = new WeightName(Components.MlpIn, 1, "weight");
        using var model = new RandomModel(Shape(16, 2, 2), seed: 3, name => name == broken ? float.NaN : null);
        var stream = new ResidualStreamAnalysis(Settings(2, 9)).Run(model.Input, TestContext.Current.CancellationToken);
        Assert.Equal(0, stream["non_finite"].Number(0));
        Assert.True(stream["non_finite"].Number(stream.Count - 1) > 0);
        var gradients = new WeightGradientsAnalysis(Settings(2, 9)).Run(model.Input, TestContext.Current.CancellationToken);
        Assert.Equal(10, gradients.Count);
        var spectrum = new WeightSpectrumAnalysis().Run(model.Input, TestContext.Current.CancellationToken);
        Assert.Equal(1, Enumerable.Range(0, spectrum.Count).Sum(row => spectrum["non_finite"].Number(row)));
        Assert.Equal(2 + (2 * (4 + 3)), spectrum.Count);
    }

    [Fact]
    public void Weights_AllZero_HaveASpectrumOfZeros()
    {
        using var zeros = TorchSharp.torch.zeros(8, 4, device: TestDevice.Device.Torch);
        Assert.All(SingularValues.Compute(zeros), value => Assert.Equal(0, value));
        Assert.Same(PowerLawFit.None, PowerLawFit.Fit(PowerLawSample.OfDescending(new double[20]), PowerLawSearch.Exhaustive));
    }

    [Fact]
    public void Batch_WithAnIdOutsideTheVocabulary_NamesIt()
    {
        using var model = new RandomModel(Shape(16, 1, 2), seed: 3);
        var batch = TokenBatch.OfIds([1, 2, 99, 4], 1, 4);
        var error = Assert.Throws<CheckpointFormatException>(() => batch.RowsFor(model.Checkpoint));
        Assert.Equal(("token 2", "99"), (error.Place, error.Found));
    }

    [Fact]
    public void Batch_OfTextWithoutATokenizer_SaysWhatToDo()
    {
        using var model = new RandomModel(Shape(16, 1, 2), seed: 3);
        var error = Assert.Throws<CheckpointFormatException>(() => TokenBatch.Default.RowsFor(model.Checkpoint));
        Assert.Contains("tokenizer.json", error.Message, StringComparison.Ordinal);
    }

    internal static float[] Floats(TorchSharp.torch.Tensor gradient)
    {
        using var scope = TorchSharp.torch.NewDisposeScope();
        return gradient.contiguous().cpu().data<float>().ToArray();
    }

    private static int[][] Rows(int rows, int length) =>
        [.. Enumerable.Range(0, rows).Select(row => Ids[(row * length)..((row + 1) * length)])];

    internal static AnalysisSettings Settings(int rows, int length) => new(0, null) { Batch = TokenBatch.OfIds(Ids, rows, length) };

    internal static ModelShape Shape(int hidden, int blocks, int heads) => new()
    {
        ModelType = "gpt_neox",
        HiddenSize = hidden,
        Blocks = blocks,
        Heads = heads,
        IntermediateSize = 4 * hidden,
        VocabularyRows = 11,
        ContextLength = 16,
    };

    private static void AssertRow(ResultTable table, int row, double[] expected, int hidden)
    {
        var mean = expected.Average();
        var variance = expected.Average(value => (value - mean) * (value - mean));
        var norms = expected.Chunk(hidden).Select(token => Math.Sqrt(token.Sum(value => value * value))).ToArray();
        Assert.Equal(expected.Length, table["count"].Number(row));
        AssertClose(expected.Max(Math.Abs), "max_abs");
        AssertClose(Math.Sqrt(variance), "std");
        Assert.Equal(mean, table["mean"].Number(row), 1e-5 * Math.Sqrt(variance));
        Assert.Equal((expected.Average(value => Math.Pow(value - mean, 4)) / (variance * variance)) - 3,
            table["excess_kurtosis"].Number(row), 1e-4);
        AssertClose(norms.Average(), "token_norm_mean");
        AssertClose(norms.Max(), "token_norm_max");
        Assert.Equal(Array.FindIndex(expected, value => Math.Abs(value) == expected.Max(Math.Abs)) % hidden,
            table["largest_channel"].Number(row));
        var median = expected.Order().ElementAt(expected.Length / 2);
        var found = ((double[])table["quantiles"].Cells[row]!)[256];
        Assert.InRange(found, expected.Order().ElementAt((expected.Length / 2) - 1) - (2e-3 * Math.Abs(median)) - 1e-6,
            median + (2e-3 * Math.Abs(median)) + 1e-6);

        void AssertClose(double wanted, string column) => Assert.Equal(wanted, table[column].Number(row), 1e-5 * Math.Abs(wanted));
    }
}
