using System.Diagnostics;
using System.Globalization;
using System.Numerics;
using System.Runtime.InteropServices;
using PythiaOrleans.Analyses;
using PythiaOrleans.Analyses.Tokens;
using PythiaOrleans.Checkpoints.Catalog;
using PythiaOrleans.Server.Planning;
using TorchSharp;
using static TorchSharp.torch;

namespace PythiaOrleans.Bench;

/// <summary>
/// What bounds each analysis: this machine's rates, the fraction of them that is reached, and what follows for a cluster.
/// </summary>
/// <remarks>Prints Markdown, which docs/roofline.md holds.</remarks>
internal static class Roofline
{
    private const int Rounds = 5;
    private const string Measured = "pythia-160m";
    private const int Checkpoints = 143;

    // Assumed of an H200, not measured: memory of its data sheet; 40 of the 67 TFLOP/s of its data sheet for products in float32, and in
    // float64 through its tensor cores; 1 TFLOP/s for decompositions, which wait for latency more than for rates; the host's link is PCIe
    // 5.0 x16, of which about 55 GB/s arrive.
    private const double DeviceBytes = 4.8e12;
    private const double DeviceProducts = 40e12;
    private const double DeviceDecompositions = 1e12;
    private const double LinkBytes = 55e9;

    private sealed record Rates(double Bytes, double Single, double Double);

    public static void Run()
    {
        var rates = Machine();
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"Memory is read at {rates.Bytes / 1e9:0.0} GB/s, float32 products run at {rates.Single / 1e9:0} GFLOP/s, float64 ones at "
                + $"{rates.Double / 1e9:0} GFLOP/s ({Environment.ProcessorCount} cores)."));
        Asked();
        Predicted();
        Reached(rates); // takes minutes
    }

    private static Rates Machine()
    {
        const int bytes = 1 << 29;
        var buffer = new long[bytes / sizeof(long)];
        Array.Fill(buffer, 1);
        var threads = Environment.ProcessorCount;
        var reading = Median(() => Parallel.For(0, threads, part =>
        {
            var own = MemoryMarshal.Cast<long, Vector<long>>(buffer.AsSpan(part * (buffer.Length / threads), buffer.Length / threads));
            var (even, odd) = (Vector<long>.Zero, Vector<long>.Zero);
            for (var i = 0; i + 1 < own.Length; i += 2)
            {
                even += own[i];
                odd += own[i + 1];
            }

            if (Vector.Sum(even + odd) != own.Length * Vector<long>.Count)
            {
                throw new InvalidOperationException("the sum is wrong");
            }
        }));
        return new Rates(bytes / reading, Product(ScalarType.Float32), Product(ScalarType.Float64));
    }

    private static double Product(ScalarType type)
    {
        const int n = 2048;
        using var scope = NewDisposeScope();
        var (left, right) = (rand(n, n, dtype: type), rand(n, n, dtype: type));
        using var product = zeros(n, n, dtype: type);
        return 2.0 * n * n * n / Median(() => matmul(left, right).Dispose());
    }

    private static void Asked()
    {
        var all = ModelCatalog.Default.Models.Where(
            model =>
                model.Shape.ModelType == "gpt_neox"
                    && model.Name.StartsWith("pythia-", StringComparison.Ordinal)
                    && !model.Name.Contains("dedup", StringComparison.Ordinal)
                    && !model.Name.EndsWith("-v0", StringComparison.Ordinal))
            .OrderBy(model => model.Shape.ParameterCount).ToArray();
        var names = Of(all[0]).Keys.ToArray();
        Console.WriteLine(
            "\n## What a checkpoint asks\n\nGB of weights that are read | TFLOP, by model.\n\n| | "
                + $"{string.Join(" | ", all.Select(model => model.Name["pythia-".Length..]))} |");
        Console.WriteLine($"| --- |{string.Concat(all.Select(_ => " --- |"))}");
        foreach (var name in names)
        {
            Console.WriteLine($"| `{name}` | " + string.Join(" | ", all.Select(model =>
            {
                var work = Of(model)[name];
                return FormattableString.Invariant(
                    $"{work.Bytes / 1e9:0.##} \\| {(work.SingleFlops + work.DoubleFlops + work.Decompositions) / 1e12:0.###}");
            })) + " |");
        }
    }

    // Seconds of each analysis on all cores, beside what its bytes and operations need at the machine's rates.
    private static void Reached(Rates rates)
    {
        var model = ModelCatalog.Default.Find(Measured);
        using var files = new RandomCheckpoint(model, 0, 1000, 2000);
        using var reference = files.Open(0);
        using var previous = files.Open(1000);
        using var checkpoint = files.Open(2000);
        var settings = new AnalysisSettings(0, 1000)
        {
            Batch = ActivationsBench.RandomIds(model.Shape.VocabularyRows, TokenBatch.Default.Spec.Rows, TokenBatch.Default.Spec.Length),
        };
        Console.WriteLine(
            $"\n## How near this machine comes, {Measured}\n\n| | seconds | at the machine's rates | reached | bound by |\n| --- | --- "
                + "| --- | --- | --- |");
        foreach (var analysis in AnalysisRegistry.BuiltIn.Create(settings))
        {
            var name = analysis.Description.Name;
            var work = Of(model)[name];
            var seconds = Median(() => analysis.Run(new AnalysisInput(checkpoint, reference, previous, model), CancellationToken.None));
            var (bytes, flops) = (
                work.Bytes / rates.Bytes, (work.SingleFlops / rates.Single) + ((work.DoubleFlops + work.Decompositions) / rates.Double));
            var (least, bound) = work.FixedSeconds > Math.Max(bytes, flops)
                ? (work.FixedSeconds / Environment.ProcessorCount, "fits")
                : bytes > flops
                ? (bytes, "bytes")
                : (flops, "operations");
            Console.WriteLine(
                FormattableString.Invariant($"| `{name}` | {seconds:0.000} | {least:0.000} | {100 * least / seconds:0} % | {bound} |"));
        }
    }

    // Fits stay on the host's cores.
    private static void Predicted()
    {
        var suite = ModelCatalog.Default.Suites.First(suite => suite.Name == "pythia").Models.Select(ModelCatalog.Default.Find).ToArray();
        var stored = suite.Sum(model => Checkpoints * 2.0 * model.Shape.ParameterCount);
        var device = suite.Sum(model => Checkpoints * Of(model).Values.Sum(work =>
            Math.Max(
                work.Bytes / DeviceBytes,
                ((work.SingleFlops + work.DoubleFlops) / DeviceProducts) + (work.Decompositions / DeviceDecompositions))));
        var decompositions = suite.Sum(model => Checkpoints * Of(model).Values.Sum(work => work.Decompositions / DeviceDecompositions));
        var link = stored / LinkBytes;
        var host = suite.Sum(model => Checkpoints * Of(model).Values.Sum(work => work.FixedSeconds));
        const int hostCores = 16;
        var compute = Math.Max(device + link, host / hostCores);
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"\n## {suite.Length} models x {Checkpoints} checkpoints\n\n{stored / 1e12:0.00} TB of half-precision weights. On one H200, "
                + $"at the rates assumed: {device:0} s of device time ({100 * decompositions / device:0} % of it in decompositions), "
                + $"{link:0} s of its link, {host / hostCores:0} s of fits on {hostCores} host cores beside it."));
        Console.WriteLine("\n| | hub at 1 Gbit/s | hub at 10 Gbit/s |\n| --- | --- | --- |");
        foreach (var devices in new[] { 1, 8, 64 })
        {
            Console.WriteLine($"| {devices} H200 | {Cell(1e9)} | {Cell(10e9)} |");

            string Cell(double bits)
            {
                var (fetch, work) = (stored * 8 / bits, compute / devices);
                return FormattableString.Invariant(
                    $"{Math.Max(fetch, work) / 3600:0.00} h, bound by {(fetch > work ? "the hub" : "compute")}");
            }
        }

        foreach (var bits in new[] { 1e9, 10e9 })
        {
            Console.WriteLine(
                FormattableString.Invariant(
                    $"- at {bits / 1e9:0} Gbit/s the hub is the bottleneck from {Math.Ceiling(compute / (stored * 8 / bits)):0} H200 on"));
        }
    }

    private static IReadOnlyDictionary<string, AnalysisWork> Of(ModelEntry model) =>
        CostModel.Work(AnalysisRegistry.BuiltIn.Create(new AnalysisSettings(0, 1000)), 2 * model.Shape.ParameterCount, model.Shape);

    private static double Median(Action work)
    {
        work(); // pages, threads and code are warm
        var seconds = Enumerable.Range(0, Rounds).Select(_ =>
        {
            var started = Stopwatch.GetTimestamp();
            work();
            return Stopwatch.GetElapsedTime(started).TotalSeconds;
        });
        return seconds.Order().ElementAt(Rounds / 2);
    }
}
