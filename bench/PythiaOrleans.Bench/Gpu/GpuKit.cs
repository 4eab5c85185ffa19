using System.Diagnostics;

namespace PythiaOrleans.Bench.Gpu;

/// <summary>
/// <c>bench gpu</c>: what <c>scripts/gpu-kit.sh</c> packs for a node with a GPU. Each stage is a process of its own with a part of the
/// time; whatever ends it, what it and the others found stays (docs/gpu.md).
/// </summary>
internal static class GpuKit
{
    /// <summary>The stages, the most telling first, with their parts of the time.</summary>
    public static IReadOnlyList<KitStage> Stages { get; } =
    [
        new("load", "Does TorchSharp's library load against this libtorch, and which device is there?", 20, LoadStage.Run),
        new("agreement", "Do a forward pass and singular values agree with the processor's?", 40, AgreementStage.Run),
        new("tests", "Do the analyses' tests pass on the device?", 70, TestsStage.Run),
        new("sweep", "Does a sweep agree with the processor's, and repeat its bytes?", 70, SweepStage.Run),
        new("memory", "Is memory flat over many tasks, and what becomes of one that does not fit?", 50, MemoryStage.Run),
        new("speed", "How long does each analysis take, how busy is the device, and what does PyTorch take?", 110, SpeedStage.Run),
        new("slots", "What do two and four slots on one device bring?", 30, SlotsStage.Run),
        new("cluster", "Does a cluster of one control silo and two workers survive the death of a worker?", 30, ClusterStage.Run),
    ];

    /// <summary>Runs what the command line asks for.</summary>
    /// <param name="arguments">
    /// <c>run KIT</c>: all stages; <c>stage NAME KIT FACTS</c>: one, in this process; <c>relax FILE</c>: makes TorchSharp's library load
    /// on older systems (docs/native-library.md).
    /// </param>
    /// <returns>The exit code: 0 where every stage passed or had nothing to do here.</returns>
    public static async Task<int> RunAsync(string[] arguments)
    {
        switch (arguments)
        {
            case ["run", var kit]:
                return await RunAllAsync(new KitSettings(kit));
            case ["stage", var name, var kit, var facts]:
                return RunStage(Find(name), new KitSettings(kit), facts);
            case ["relax", var file]:
                Build.RelaxedCopy.Write(file, file, "GLIBCXX_3.4.32", hostDefinesVersion: false);
                return 0;
            default:
                await Console.Error.WriteLineAsync("gpu: expected 'run KIT', 'stage NAME KIT FACTS' or 'relax FILE' (docs/gpu.md).");
                return 2;
        }
    }

    private static async Task<int> RunAllAsync(KitSettings settings)
    {
        var started = Stopwatch.GetTimestamp();
        var chosen = settings.Stages.Select(part => (Stage: Find(part.Name), part.Seconds)).ToArray();
        var report = new KitReport(settings);
        for (var i = 0; i < chosen.Length; i++)
        {
            var (stage, fixedSeconds) = chosen[i];
            var left = settings.Seconds - Stopwatch.GetElapsedTime(started).TotalSeconds;
            var shares = chosen.Skip(i).Where(other => other.Seconds is null).Sum(other => other.Stage.Share);
            var budget = Math.Max(0.01, Math.Min(left, fixedSeconds ?? Math.Max(1, left * stage.Share / shares)));
            report.Add(await StageProcess.RunAsync(stage, settings, i, TimeSpan.FromSeconds(budget)));
        }

        report.Finish(Stopwatch.GetElapsedTime(started));
        return report.HasFailures ? 1 : 0;
    }

    private static int RunStage(KitStage stage, KitSettings settings, string facts)
    {
        using var run = new StageRun(settings, facts);
        try
        {
            stage.Run(run);
        }
        catch (Exception error)
        {
            // What a stage ran into is what the kit was carried there for.
            run.Fail($"{error.GetType().Name}: {error.Message}");
            Console.WriteLine(error);
        }

        return run.ExitCode;
    }

    private static KitStage Find(string name) => Stages.FirstOrDefault(stage => stage.Name == name)
        ?? throw new ArgumentException(
            $"GPU_KIT_STAGES: found '{name}', expected some of {string.Join(", ", Stages.Select(stage => stage.Name))}.");
}
