using System.Diagnostics;
using System.Globalization;
using PythiaOrleans.Analyses;
using PythiaOrleans.Analyses.Tokens;
using PythiaOrleans.Checkpoints.Catalog;
using PythiaOrleans.Server.Planning;

namespace PythiaOrleans.Bench;

/// <summary>What each analysis takes of a core beside what the cost model says, and what the machine's probe measured.</summary>
/// <remarks>The rates of <see cref="CostModel"/> are set by this table, on a quiet machine.</remarks>
internal static class CostsBench
{
    // The runtime has made its best code by then.
    private static readonly TimeSpan ToWarmUp = TimeSpan.FromSeconds(3);

    public static void Run(IReadOnlyList<string> models)
    {
        var probe = MachineProbe.Measure();
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"One core: {probe.Flops / 1e9:0.0} GFLOP/s in registers, {probe.HashedBytes / 1e9:0.00} GB/s hashed, "
                + $"{probe.Counts / 1e9:0.00} billion counts/s, {probe.Logarithms / 1e6:0} million logarithms/s."));
        var speed = probe / MachineProbe.OfReference;
        Console.WriteLine(speed);
        foreach (var model in models)
        {
            Measure(ModelCatalog.Default.Find(model), new CostModel(speed));
        }
    }

    private static void Measure(ModelEntry model, CostModel costs)
    {
        using var files = new RandomCheckpoint(model, 0, 1000, 2000);
        using var reference = files.Open(0);
        using var previous = files.Open(1000);
        using var checkpoint = files.Open(2000);
        var bytes = checkpoint.Parameters.Sum(parameter => parameter.Tensor.ByteLength);
        var spec = TokenBatch.Default.Spec;
        var analyses = AnalysisRegistry.BuiltIn.Create(
            new AnalysisSettings(0, 1000) { Batch = ActivationsBench.RandomIds(model.Shape.VocabularyRows, spec.Rows, spec.Length) });
        var work = CostModel.Work(analyses, bytes, model.Shape);
        Console.WriteLine($"\n## {model.Name}\n\n| | core-seconds | estimated | estimated / taken |\n| --- | --- | --- | --- |");
        foreach (var analysis in analyses)
        {
            var (taken, started) = (CoreSeconds(), Stopwatch.GetTimestamp());
            while (Stopwatch.GetElapsedTime(started) < ToWarmUp && taken < ToWarmUp.TotalSeconds)
            {
                taken = Math.Min(taken, CoreSeconds());
            }

            var name = analysis.Description.Name;
            var estimated = costs.SecondsOf(work[name]);
            Console.WriteLine(
                FormattableString.Invariant($"| `{name}` | {taken:0.000} | {estimated:0.000} | {estimated / taken:0.00} |"));

            // A new input each time: what it keeps of one analysis would serve the next.
            double CoreSeconds()
            {
                var input = new AnalysisInput(checkpoint, reference, previous, model);
                var before = Environment.CpuUsage.TotalTime;
                _ = analysis.Run(input, CancellationToken.None);
                return (Environment.CpuUsage.TotalTime - before).TotalSeconds;
            }
        }
    }
}
