using System.Globalization;

namespace PythiaOrleans.Bench.Scale;

/// <summary>The table of docs/scale.md.</summary>
internal static class ScaleTable
{
    private static readonly string[] Post = ["pythia-70m", "pythia-160m", "pythia-410m", "pythia-1b", "pythia-1.4b", "pythia-2.8b"];
    private static readonly int[] Gpus = [64, 512, 4096];

    // Bytes a second that bound nothing.
    private const double Unlimited = 1e15;

    public static void Run()
    {
        var assumptions = new Assumptions();
        var unlimited = assumptions with { SourceBytesPerSecond = Unlimited };
        Print("six models", Post, [64, 128, 256, 512, 4096], assumptions);
        Print("six models, a source without limit", Post, [64, 128, 256, 512, 4096], unlimited);
        var nine = Seeds(9);
        Print("six models, nine seeds", nine, Gpus, assumptions);
        Print("six models, fifty seeds", Seeds(50), [.. Gpus.Skip(1)], assumptions);
        Print("six models, nine seeds, a source without limit", nine, Gpus, unlimited);
        Print(
            "six models, nine seeds, 500 times the failures", nine, [64, 512],
            assumptions with { GpuHoursOfAFailure = assumptions.GpuHoursOfAFailure / 500 });

        // Tasks so short that the dispatcher is what bounds: how many GPUs it feeds.
        Print("sixty seeds of pythia-14m", [.. Enumerable.Repeat("pythia-14m", 60)], Gpus, unlimited);
    }

    private static string[] Seeds(int count) => [.. Enumerable.Repeat(Post, count).SelectMany(models => models)];

    private static void Print(string name, IReadOnlyList<string> models, int[] gpus, Assumptions assumptions)
    {
        var workload = Workload.Of(models, assumptions);
        foreach (var count in gpus)
        {
            var result = new ScaleSimulation(count, workload, assumptions, seed: 1).Run();
            Console.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"| {name} | {workload.Shards:N0} | {count:N0} | {result.Seconds:N0} s | {result.Bound:N0} s "
                    + $"| {result.Seconds / result.Bound:0.00} | {result.Tasks:N0} | {result.Deaths} "
                    + $"| {100 * result.DispatcherBusy:0.0} % |"));
        }
    }
}
