using PythiaOrleans.Analyses.AttentionHeads;
using PythiaOrleans.Analyses.Behaviour;
using PythiaOrleans.Analyses.Devices;
using PythiaOrleans.Analyses.FunctionSpace;
using PythiaOrleans.Analyses.Models;
using PythiaOrleans.Analyses.RepresentationGeometry;
using PythiaOrleans.Analyses.ResidualStream;
using PythiaOrleans.Analyses.StreamControls;
using PythiaOrleans.Analyses.SvdDirections;
using PythiaOrleans.Analyses.Tokens;
using PythiaOrleans.Analyses.WeightGradients;
using PythiaOrleans.Analyses.WeightSpectrum;
using TorchSharp;

namespace PythiaOrleans.Analyses.Tests;

/// <summary>Counts the tensors of the whole process: nothing else may run meanwhile.</summary>
[CollectionDefinition(nameof(NativeMemoryTests), DisableParallelization = true)]
[Collection(nameof(NativeMemoryTests))]
public sealed class NativeMemoryTests
{
    // Tensors are counted, so that a processor shows in a few tasks what a GPU's memory shows in many.
    private static readonly int Tasks = TestDevice.Device.IsCuda ? 100 : 10;

    /// <summary>Native memory that nobody frees would grow with every checkpoint of a sweep.</summary>
    [Fact]
    public void Tensors_AreAllFreedAfterwards()
    {
        using var model = new RandomModel(ActivationTests.Shape(16, 1, 2), seed: 3);
        Run(MemoryPlan.Full);
        Run(MemoryPlan.Small);
        var before = torch.Tensor.TotalCount;
        for (var task = 0; task < Tasks; task++)
        {
            Run(task % 2 == 0 ? MemoryPlan.Full : MemoryPlan.Small);
        }

        Assert.Equal(before, torch.Tensor.TotalCount);

        void Run(MemoryPlan plan)
        {
            IAnalysis[] analyses =
            [
                new WeightGradientsAnalysis(
                    ActivationTests.Settings(
                        2,
                        9)), new ResidualStreamAnalysis(ActivationTests.Settings(2,
                        9)), new WeightSpectrumAnalysis(), new SvdDirectionsAnalysis(),
                new AttentionHeadsAnalysis(ActivationTests.Settings(2, 9)),
                new FunctionSpaceAnalysis(),
                new BehaviourAnalysis(ActivationTests.Settings(2, 9)),
                new RepresentationGeometryAnalysis(ActivationTests.Settings(2, 9)),
                new StreamControlsAnalysis(ActivationTests.Settings(2, 9)),
            ];
            foreach (var analysis in analyses)
            {
                _ = analysis.Run(model.Input.With(plan), TestContext.Current.CancellationToken);
            }
        }
    }

    /// <summary>
    /// Row by row, without graphs, and with streams that wait elsewhere: what the small plan is for, in bytes that the process held at the
    /// most.
    /// </summary>
    /// <remarks>Of the backward pass: forward, each row passes alone on a processor whatever the plan.</remarks>
    [Fact]
    public void SmallPlan_TakesLessMemoryThanTheFullOne()
    {
        if (!OperatingSystem.IsLinux() || TestDevice.Device.IsCuda)
        {
            return; // the kernel counts this process's memory, not a GPU's
        }

        const int rows = 8, length = 256;
        using var model = new RandomModel(ActivationTests.Shape(128, 4, 4) with { VocabularyRows = 64, ContextLength = length }, seed: 3);
        var settings = new AnalysisSettings(0, null)
        {
            Batch = TokenBatch.OfIds([.. Enumerable.Range(0, rows * length).Select(i => i * 7919 % 61)], rows, length),
        };
        var batch = settings.Batch.RowsFor(model.Checkpoint);
        Work(MemoryPlan.Small); // what is loaded and compiled the first time

        var (small, full) = (Peak(MemoryPlan.Small), Peak(MemoryPlan.Full));
        Assert.True(3 * small < 2 * full, $"small plan {small / 1e6:0.0} MB, full plan {full / 1e6:0.0} MB");

        // Above what the process held before: the kernel forgets its peak on request (proc(5), clear_refs).
        long Peak(MemoryPlan plan)
        {
            GC.Collect(2, GCCollectionMode.Aggressive, blocking: true, compacting: true);
            FreeMemory.Return(); // what earlier tests have freed would else be taken without the kernel's knowledge
            File.WriteAllText("/proc/self/clear_refs", "5");
            var before = Status("VmRSS:");
            Work(plan);
            return Status("VmHWM:") - before;
        }

        void Work(MemoryPlan plan) =>
            BackwardPass.Run(
                model.Checkpoint,
                batch,
                PassPlan.Choose(model.Input.With(plan), Precision.Float32),
                (_, _) => { },
                TestContext.Current.CancellationToken);
    }

    /// <summary>Below a tensor that is still in use, the allocator keeps what is freed: 128 MB here.</summary>
    [Fact]
    public void FreedMemory_GoesBackToTheSystem()
    {
        if (!OperatingSystem.IsLinux() || TestDevice.Device.IsCuda)
        {
            return; // it is glibc that keeps it
        }

        FreeMemory.Return();
        var before = Status("VmRSS:");
        var tensors = Enumerable.Range(0, 1024).Select(_ => torch.ones(1 << 15)).ToArray();
        var held = Status("VmRSS:") - before;
        Array.ForEach(tensors[..^1], tensor => tensor.Dispose());
        var kept = Status("VmRSS:") - before;

        FreeMemory.Return();

        var left = Status("VmRSS:") - before;
        tensors[^1].Dispose();
        Assert.True(left < held / 4, $"{held / 1e6:0} MB held, {kept / 1e6:0} MB after they were freed, {left / 1e6:0} MB at last");
    }

    private static long Status(string field) => 1024 * long.Parse(
        File.ReadLines("/proc/self/status")
            .First(line => line.StartsWith(field, StringComparison.Ordinal))
            .Split((char[])[' ', '\t'], StringSplitOptions.RemoveEmptyEntries)[1],
        System.Globalization.CultureInfo.InvariantCulture);
}
