using PythiaOrleans.Analyses.Devices;
using PythiaOrleans.Analyses.Models;
using PythiaOrleans.Analyses.ResidualStream;
using PythiaOrleans.Analyses.WeightSpectrum;
using PythiaOrleans.Checkpoints.Families;
using PythiaOrleans.Core.Tables;

namespace PythiaOrleans.Analyses.Tests;

/// <summary>The small plan is the same code row by row: it must give the same numbers, in less memory.</summary>
public sealed class MemoryPlanTests
{
    private const int Rows = 3;
    private const int Length = 6;

    public static TheoryData<string> Families { get; } = ["gpt_neox", "gpt2", "llama, tied and shared", "olmo2"];

    [Theory]
    [MemberData(nameof(Families))]
    public void Stream_RowByRow_HasTheSameStatistics(string family)
    {
        using var model = Model(family);
        var analysis = new ResidualStreamAnalysis(ActivationTests.Settings(Rows, Length));
        var (full, small) = (Run(analysis, model, MemoryPlan.Full), Run(analysis, model, MemoryPlan.Small));
        Assert.Equal(full.Count, small.Count);
        string[] columns =
        [
            "count", "max_abs", "std", "token_norm_mean", "token_norm_max", "largest_channel", "largest_position", "loss", "non_finite",
        ];
        foreach (var column in columns)
        {
            Assert.All(
                Enumerable.Range(0, full.Count),
                row => Assert.Equal(full[column].Number(row), small[column].Number(row), 1e-5 * Math.Abs(full[column].Number(row))));
        }
    }

    [Theory]
    [MemberData(nameof(Families))]
    public void Gradients_RowByRow_AreTheSame(string family)
    {
        using var model = Model(family);
        var (full, small) = (Gradients(model, MemoryPlan.Full), Gradients(model, MemoryPlan.Small));
        Assert.Equal(full.Loss, small.Loss, 1e-6);
        Assert.Equal(full.Gradients.Keys.ToHashSet(), [.. small.Gradients.Keys]);
        Assert.All(full.Gradients, gradient => Assert.All(
            gradient.Value.Zip(small.Gradients[gradient.Key]), pair => Assert.Equal(
                pair.First, pair.Second, 1e-4 * gradient.Value.Max(Math.Abs))));
    }

    /// <summary>
    /// Streams that wait elsewhere come back before they are used: on a processor both places are the same, so the plan's pieces are all
    /// that can differ.
    /// </summary>
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Gradients_OfAnyNumberOfRowsAtATime_AreTheSame(int rows)
    {
        using var model = Model("gpt_neox");
        var full = Gradients(model, MemoryPlan.Full);
        var found = new Dictionary<WeightName, float[]>();
        BackwardPass.Run(
            model.Checkpoint, Batch(model), TestDevice.Plan with
            {
                RowsAtATime = rows,
                StreamsOnHost = true,
            }, (name, gradient) => found.Add(name, ActivationTests.Floats(gradient)),
            TestContext.Current.CancellationToken);
        Assert.All(full.Gradients, gradient => Assert.All(
            gradient.Value.Zip(found[gradient.Key]), pair => Assert.Equal(pair.First, pair.Second, 1e-4 * gradient.Value.Max(Math.Abs))));
    }

    [Fact]
    public void Spectrum_OnOneThread_HasTheSameBytes()
    {
        using var model = Model("gpt_neox");
        var (full, small) = (
            Run(new WeightSpectrumAnalysis(), model, MemoryPlan.Full), Run(new WeightSpectrumAnalysis(), model, MemoryPlan.Small));
        Assert.All(
            Enumerable.Range(0, full.Count),
            row => Assert.Equal((double[])full["singular_values"].Cells[row]!, (double[])small["singular_values"].Cells[row]!));
    }

    [Fact]
    public void Plan_OfATask_IsAPassOfAllRows_OrOfOne()
    {
        using var model = Model("gpt_neox");
        var full = PassPlan.Choose(model.Input, Precision.Float32);
        Assert.Equal((null, false, BackwardPass.MaxGraphBytes), (full.RowsAtATime, full.StreamsOnHost, full.MaxGraphBytes));
        var small = PassPlan.Choose(model.Input.With(MemoryPlan.Small), Precision.Float32);
        Assert.Equal((1, true, 0L), (small.RowsAtATime, small.StreamsOnHost, small.MaxGraphBytes));
        Assert.Equal(TestDevice.Device, model.Input.With(MemoryPlan.Small).Device);
    }

    internal static RandomModel Model(string family) =>
        family == "gpt_neox" ? new RandomModel(ActivationTests.Shape(24, 3, 3), seed: 4) : new RandomModel(family, seed: 4);

    private static ResultTable Run(IAnalysis analysis, RandomModel model, MemoryPlan plan) =>
        analysis.Run(model.Input.With(plan), TestContext.Current.CancellationToken);

    private static long[][] Batch(RandomModel model) => ActivationTests.Settings(Rows, Length).Batch.RowsFor(model.Checkpoint);

    private static (double Loss, Dictionary<WeightName, float[]> Gradients) Gradients(RandomModel model, MemoryPlan plan)
    {
        var gradients = new Dictionary<WeightName, float[]>();
        var loss = BackwardPass.Run(
            model.Checkpoint, Batch(model), PassPlan.Choose(model.Input.With(plan), Precision.Float32), (name, gradient) =>
                gradients.Add(name, ActivationTests.Floats(gradient)),
            TestContext.Current.CancellationToken);
        return (loss, gradients);
    }
}
