using System.Diagnostics;
using System.Globalization;
using PythiaOrleans.Analyses;
using PythiaOrleans.Checkpoints.Catalog;
using PythiaOrleans.Checkpoints.Loading;

namespace PythiaOrleans.Bench;

/// <summary>
/// The weight analyses on one thread, over a whole checkpoint and over one matrix of each shape: CPU time, bytes of weights a second, peak
/// of resident memory.
/// </summary>
internal static class WeightSweep
{
    private const int Rounds = 7;
    private static readonly string[] Measured = ["weight-moments", "weight-distance", "weight-distribution"];

    public static void Run(string name)
    {
        var model = ModelCatalog.Default.Find(name);
        Console.WriteLine($"Writing three checkpoints of {model.Name}'s shape ...");
        using var files = new RandomCheckpoint(model, 0, 1000, 2000);
        GC.Collect(2, GCCollectionMode.Aggressive, blocking: true, compacting: true);
        File.WriteAllText("/proc/self/clear_refs", "5"); // the peak is of the analyses, not of writing the files

        using var reference = files.Open(0);
        using var previous = files.Open(1000);
        using var checkpoint = files.Open(2000);
        Console.WriteLine(FormattableString.Invariant($"{"",-34}{Measured[0],18}{Measured[1],18}{Measured[2],22}{"all three",14}"));
        Line("whole checkpoint", checkpoint, reference, previous, model);
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"peak resident memory {PeakMegabytes():0} MB; each file has "
                + $"{checkpoint.Parameters.Sum(parameter => parameter.Tensor.ByteLength) / 1e6:0} MB"));
        foreach (var matrix in checkpoint.Matrices
            .DistinctBy(parameter => string.Join(" x ", parameter.Tensor.Shape)))
        {
            Line(
                $"{matrix.Name.Component} [{string.Join(", ", matrix.Tensor.Shape)}]",
                Only(checkpoint),
                Only(reference),
                Only(previous),
                model);

            Checkpoint Only(Checkpoint whole) => new(whole.Id, whole.Shape, [whole[matrix.Name]], () => [], []);
        }
    }

    private static void Line(string title, Checkpoint checkpoint, Checkpoint reference, Checkpoint previous, ModelEntry model)
    {
        var seconds = Measured.ToDictionary(name => name, _ => new List<double>());
        for (var round = 0; round < Rounds; round++)
        {
            var input = new AnalysisInput(checkpoint, reference, previous, model); // counts anew
            foreach (var analysis in AnalysisRegistry.BuiltIn.Create(new AnalysisSettings(0, 1000))
                .Where(analysis => seconds.ContainsKey(analysis.Description.Name)))
            {
                var started = Stopwatch.GetTimestamp();
                _ = analysis.Run(input, CancellationToken.None);
                seconds[analysis.Description.Name].Add(Stopwatch.GetElapsedTime(started).TotalSeconds);
            }
        }

        var medians = Measured.Select(name => seconds[name].Order().ElementAt(Rounds / 2)).ToArray();
        var bytes = checkpoint.Parameters.Sum(parameter => parameter.Tensor.ByteLength);
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{title,-34}{medians[0] * 1e3,15:0.0} ms{medians[1] * 1e3,15:0.0} ms{medians[2] * 1e3,19:0.0} "
                + $"ms{bytes / medians.Sum() / 1e9,9:0.00} GB/s"));
    }

    private static double PeakMegabytes()
    {
        var line = File.ReadLines("/proc/self/status").First(line => line.StartsWith("VmHWM", StringComparison.Ordinal));
        return double.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture) / 1000;
    }
}
