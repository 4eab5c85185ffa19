using PythiaOrleans.Analyses;
using PythiaOrleans.Analyses.WeightGradients;
using PythiaOrleans.Checkpoints.Catalog;
using PythiaOrleans.Server.Devices;
using static TorchSharp.torch;

namespace PythiaOrleans.Bench.Gpu;

/// <summary>Whether memory is flat over many tasks; and, on a GPU that is full on purpose, what becomes of a task.</summary>
internal static class MemoryStage
{
    private const int TasksOnGpu = 100;
    private const int TasksOnProcessor = 10;
    private const int Every = 10;
    private const long Slack = 64L << 20; // of the driver's own
    private const long Context = 700L << 20; // expected of CUDA's context and libraries in another process
    private const string Large = "pythia-160m";

    public static void Run(StageRun run)
    {
        Flat(run);
        if (run.Settings.Device.IsCuda)
        {
            Full(run);
        }
        else
        {
            run.Add("out_of_memory", "not on a processor: the kernel ends a process that takes too much");
        }
    }

    private static void Flat(StageRun run)
    {
        var model = ModelCatalog.Default.Find("nano-2");
        using var files = new RandomCheckpoint(model, 0);
        using var checkpoint = files.Open(0);
        var settings = new AnalysisSettings(0, null) { Batch = ActivationsBench.RandomIds(model.Shape.VocabularyRows, 2, 64) };
        var analyses = AnalysisRegistry.BuiltIn.Create(settings).Where(analysis => analysis.UsesDevice).ToArray();
        Task();
        var (tensors, tasks) = (Tensor.TotalCount, run.Settings.Device.IsCuda ? TasksOnGpu : TasksOnProcessor);
        var used = new List<long>();
        for (var task = 1; task <= tasks; task++)
        {
            Task();
            if (task % Every == 0)
            {
                used.Add(Gpu(run)?.MemoryUsed ?? Environment.WorkingSet);
                run.Add("used_bytes", used);
            }
        }

        run.Add("tasks", tasks);
        run.Add("tensors_left", Tensor.TotalCount - tensors);
        if (Tensor.TotalCount != tensors)
        {
            run.Fail($"{tasks} tasks: expected every tensor to be freed, found {Tensor.TotalCount - tensors} more.");
        }

        if (run.Settings.Device.IsCuda && used[^1] > used[0] + Slack)
        {
            run.Fail($"{tasks} tasks: expected the GPU's memory to stay at {used[0]} bytes, found {used[^1]}.");
        }

        void Task()
        {
            var input = new AnalysisInput(checkpoint, null, null, model) { Device = run.Settings.Device, Analyses = analyses };
            Array.ForEach(analyses, analysis => analysis.Run(input, CancellationToken.None));
        }
    }

    // This process holds the memory and another sweeps, so that the product's own way is taken: the small plan, then quarantine.
    private static void Full(StageRun run)
    {
        using var files = new RandomCheckpoint(ModelCatalog.Default.Find(Large), 0);
        var full = FullPlanBytes(run, files);
        run.Add("full_plan_bytes", full);
        foreach (var (name, left) in new[] { ("half", Context + (full / 2)), ("tenth", Context + (full / 10)) })
        {
            using var held = zeros([Math.Max(Free(run) - left, 0)], dtype: uint8, device: run.Settings.Device.Torch);
            var store = Path.Combine(run.Folder, name);
            var (code, output, seconds) = run.Pythia(
                "sweep", "--store", store, "--name", "kit", "--source", files.Root, "--models", Large, "--steps", "0", "--analyses",
                "weight-gradients", "--device", run.Settings.Device.ToString());
            run.Add($"with_{name}", new { free_bytes = left, exit_code = code, plan = code == 0 ? PlanIn(store) : null, seconds });
            if (code is not (0 or 3)) // done, or quarantined
            {
                run.Fail($"A sweep on a GPU with {left} bytes left: expected exit code 0 or 3, found {code}: {output}");
            }
        }
    }

    // libtorch keeps what it once took: what is less free afterwards is the most that was held.
    private static long FullPlanBytes(StageRun run, RandomCheckpoint files)
    {
        var before = Free(run);
        using var checkpoint = files.Open(0);
        var batch = ActivationsBench.RandomIds(files.Model.Shape.VocabularyRows, 8, 512);
        new WeightGradientsAnalysis(new AnalysisSettings(0, null) { Batch = batch }).Run(
            new AnalysisInput(checkpoint, null, null, files.Model) { Device = run.Settings.Device }, CancellationToken.None);
        return before - Free(run);
    }

    private static string? PlanIn(string store) => StageRun.ProvenanceAsync(store, Large).GetAwaiter().GetResult()
        .Select(provenance => provenance.GetValueOrDefault("memory_plan") ?? "full").FirstOrDefault();

    private static long Free(StageRun run) =>
        Gpu(run) is { } gpu ? gpu.MemoryTotal - gpu.MemoryUsed : throw new NotSupportedException("The driver does not say what is free.");

    private static GpuReading.Gpu? Gpu(StageRun run) => run.Settings.Device.IsCuda
        ? GpuReading.Open().Cast<GpuReading.Gpu?>().ElementAtOrDefault(run.Settings.Device.Index)
        : null;
}
