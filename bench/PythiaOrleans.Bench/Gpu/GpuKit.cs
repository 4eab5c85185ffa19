using System.Diagnostics;
using System.Globalization;

namespace PythiaOrleans.Bench.Gpu;

/// <summary>
/// Asks a device all that the kit asks, stage by stage within a time: <c>gpu-kit.json</c> and <c>gpu-kit.log</c> in the folder <c>OUT</c>.
/// </summary>
internal static class GpuKit
{
    private const double DefaultSeconds = 420;

    // A stage that starts with less than this tells nothing.
    private const double LeastSeconds = 3;

    /// <summary>The device that <c>PYTHIA_TEST_DEVICE</c> names, the first GPU by default.</summary>
    public static string Device => Environment.GetEnvironmentVariable("PYTHIA_TEST_DEVICE") is { Length: > 0 } name ? name : "cuda";

    /// <summary>Runs all stages.</summary>
    /// <returns>0 where every stage passed, 1 where one did not.</returns>
    public static async Task<int> RunAsync()
    {
        var budget = TimeSpan.FromSeconds(
            Environment.GetEnvironmentVariable("GPU_KIT_SECONDS") is { Length: > 0 } text
                ? double.Parse(text, CultureInfo.InvariantCulture) : DefaultSeconds);
        var folder = Directory.CreateDirectory(Environment.GetEnvironmentVariable("OUT") ?? "gpu-kit-out").FullName;
        var work = Directory.CreateTempSubdirectory("gpu-kit-");
        try
        {
            using var log = new StreamWriter(Path.Combine(folder, "gpu-kit.log")) { AutoFlush = true };
            var report = new KitReport(Path.Combine(folder, "gpu-kit.json"), Device, budget);
            await RunAsync(report, new StageProcess(work.FullName, log), log, budget).ConfigureAwait(false);
            return report.Stages.All(stage => stage.Verdict == "passed") ? 0 : 1;
        }
        finally
        {
            work.Delete(recursive: true);
        }
    }

    private static async Task RunAsync(KitReport report, StageProcess process, TextWriter log, TimeSpan budget)
    {
        var started = Stopwatch.GetTimestamp();
        for (var i = 0; i < KitStage.All.Count; i++)
        {
            var stage = KitStage.All[i];
            var left = (budget - Stopwatch.GetElapsedTime(started)).TotalSeconds;
            var limit = left * stage.Weight / KitStage.All.Skip(i).Sum(other => other.Weight);
            // What earlier stages did not need is there for the later ones; a short stage may take twice its share of what is left.
            limit = Math.Min(left, 2 * limit);
            log.WriteLine($"\n== {stage.Name}: {stage.Question}");
            var result = limit < LeastSeconds
                ? new StageResult(stage.Name, stage.Question, "not run", 0, limit, null, null, ["no time was left"])
                : await process.RunAsync(stage, TimeSpan.FromSeconds(limit)).ConfigureAwait(false);
            report.Add(result);
            Console.WriteLine(string.Create(
                CultureInfo.InvariantCulture, $"{result.Name,-10} {result.Verdict,-8} {result.Seconds,6:0.0} s of {result.LimitSeconds:0}  {stage.Question}"));
        }
    }
}
