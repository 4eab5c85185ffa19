using System.Collections.Concurrent;
using PythiaOrleans.Analyses.Devices;
using PythiaOrleans.Analyses.Models;
using PythiaOrleans.Analyses.ResidualStream;
using PythiaOrleans.Analyses.WeightSpectrum;
using PythiaOrleans.Checkpoints.Catalog;
using PythiaOrleans.Checkpoints.Families;
using PythiaOrleans.Core.Sweeps;
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

    /// <summary>Rows go back side by side and end in any order; their gradients are added up in order.</summary>
    [Theory]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(7)]
    public void Gradients_OfRowsOnAnyNumberOfThreads_HaveTheSameBytes(int threads)
    {
        if (TestDevice.Device.IsCuda)
        {
            return; // rows are for processors
        }

        using var model = Model("gpt_neox");
        var (one, many) = (Run(1), Run(threads));
        Assert.Equal(one.Loss, many.Loss);
        Assert.Equal(one.Gradients.Keys.ToHashSet(), [.. many.Gradients.Keys]);
        Assert.All(one.Gradients, gradient => Assert.Equal(gradient.Value, many.Gradients[gradient.Key]));

        (double Loss, ConcurrentDictionary<WeightName, float[]> Gradients) Run(int most)
        {
            var found = new ConcurrentDictionary<WeightName, float[]>();
            var plan = new PassPlan { RowsAtATime = 1, TakesCores = most > 1, Threads = most };
            double Pass() => BackwardPass.Run(
                model.Checkpoint, Batch(model), plan, (name, gradient) => Assert.True(found.TryAdd(name, ActivationTests.Floats(gradient))),
                TestContext.Current.CancellationToken);
            return (most > 1 ? Pass() : CoreThreads.One(Pass, TestContext.Current.CancellationToken), found);
        }
    }

    /// <summary>By shapes alone, so that the same key always runs the same way.</summary>
    [Theory]
    [InlineData("pythia-14m", 1)]
    [InlineData("pythia-410m", 1)]
    [InlineData("pythia-1.4b", null)]
    public void PlanOfGradients_OfAModelOfSize_TakesCores_RowByRowWhereABlockIsSmall(string name, int? rows)
    {
        if (TestDevice.Device.IsCuda)
        {
            return;
        }

        var shape = ModelCatalog.Default.Find(name).Shape;
        var plan = PassPlan.Backward(shape, new PassPlan(), new BatchSpec(BatchSpec.Text, "", 8, 512, 0), threads: 2);
        Assert.Equal((true, rows, 2), (plan.TakesCores, plan.RowsAtATime, plan.Threads));
    }

    [Fact]
    public void PlanOfGradients_OfASmallModel_StaysOnItsCore()
    {
        using var model = Model("gpt_neox");
        Assert.False(PassPlan.Backward(model.Input, Precision.Float32, new BatchSpec(BatchSpec.Text, "", Rows, Length, 0)).TakesCores);
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
