using System.Diagnostics;
using PythiaOrleans.Checkpoints.Catalog;

namespace PythiaOrleans.Bench.Gpu;

/// <summary>The same eight tasks one at a time, two at a time and four at a time on one device.</summary>
internal static class SlotsStage
{
    private const int Tasks = 8;
    private static readonly int[] Slots = [1, 2, 4];

    public static void Run(Measurements numbers)
    {
        ArgumentNullException.ThrowIfNull(numbers);
        var model = ModelCatalog.Default.Find(Targets.Device.IsCuda ? "pythia-70m" : "nano-6");
        using var files = new RandomCheckpoint(model, 0);
        Task(); // what is loaded and compiled once
        foreach (var slots in Slots)
        {
            var started = Stopwatch.GetTimestamp();
            Parallel.For(0, Tasks, new ParallelOptions { MaxDegreeOfParallelism = slots }, _ => Task());
            numbers.Add($"tasks_a_minute_with_{slots}_slots", 60 * Tasks / Stopwatch.GetElapsedTime(started).TotalSeconds);
        }

        void Task()
        {
            using var checkpoint = files.Open(0);
            foreach (var analysis in Targets.Analyses(model, Targets.OnDevice))
            {
                Targets.Run(analysis, checkpoint, model, Targets.Device);
            }
        }
    }
}
