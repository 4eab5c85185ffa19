using System.Diagnostics;
using System.Globalization;
using PythiaOrleans.Analyses;
using PythiaOrleans.Checkpoints;

namespace PythiaOrleans.Bench;

/// <summary>The weight analyses over one checkpoint on one thread: bytes of weights a second, and the peak of resident memory.</summary>
internal static class WeightSweep
{
    private const int Rounds = 5;

    public static void Run(string name)
    {
        var model = ModelCatalog.Default.Find(name);
        Console.WriteLine($"Writing three checkpoints of {model.Name}'s shape ...");
        using var files = new RandomCheckpoint(model, 0, 1000, 2000);
        using var reference = files.Open(0);
        using var previous = files.Open(1000);
        var bytes = 0L;
        var seconds = new Dictionary<string, List<double>>();
        for (var round = 0; round < Rounds; round++)
        {
            using var checkpoint = files.Open(2000);
            bytes = checkpoint.Parameters.Sum(parameter => parameter.Tensor.ByteLength);
            var input = new AnalysisInput(checkpoint, reference, previous, model);
            foreach (var analysis in AnalysisRegistry.Create(new AnalysisSettings(0, 1000)).Where(analysis => analysis.Description.Name.StartsWith("weight-", StringComparison.Ordinal)))
            {
                var started = Stopwatch.GetTimestamp();
                _ = analysis.Run(input, CancellationToken.None);
                Add(analysis.Description.Name, Stopwatch.GetElapsedTime(started).TotalSeconds);
            }
        }

        var medians = seconds.ToDictionary(pair => pair.Key, pair => pair.Value.Order().ElementAt(Rounds / 2));
        foreach (var (analysis, median) in medians)
        {
            Line(analysis, median);
        }

        Line("all three", medians.Values.Sum());
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture, $"peak resident memory {PeakMegabytes():0} MB with three mapped files of {bytes / 1e6:0} MB"));

        void Add(string analysis, double time)
        {
            if (!seconds.TryGetValue(analysis, out var times))
            {
                seconds[analysis] = times = [];
            }

            times.Add(time);
        }

        void Line(string analysis, double median) => Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture, $"{analysis,-22} {median * 1e3,8:0.0} ms  {bytes / median / 1e9,6:0.00} GB/s of half-precision weights"));
    }

    private static double PeakMegabytes()
    {
        var line = File.ReadLines("/proc/self/status").First(line => line.StartsWith("VmHWM", StringComparison.Ordinal));
        return double.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture) / 1000;
    }
}
