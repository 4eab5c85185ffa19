using System.Globalization;
using PythiaOrleans.Checkpoints.Catalog;
using TorchSharp;
using static TorchSharp.torch;

namespace PythiaOrleans.Bench.Gpu;

/// <summary>Memory over 100 tasks; then a pass with hardly any memory left on the device.</summary>
internal static class MemoryStage
{
    private const int Tasks = 100;
    private const int Warm = 20;
    private const double Growth = 1.05;
    private const long Block = 256L << 20;

    public static void Run(Measurements numbers)
    {
        ArgumentNullException.ThrowIfNull(numbers);
        var model = ModelCatalog.Default.Find("nano-6");
        using var files = new RandomCheckpoint(model, 0);
        var (host, device) = (0.0, 0.0);
        for (var task = 1; task <= Tasks; task++)
        {
            using var checkpoint = files.Open(0);
            foreach (var analysis in Targets.Analyses(model, Targets.OnDevice))
            {
                Targets.Run(analysis, checkpoint, model, Targets.Device);
            }

            if (task == Warm)
            {
                (host, device) = (Resident(), OnDevice());
                numbers.Add($"resident_mb_after_{Warm}", host);
                numbers.Add($"device_mb_after_{Warm}", device);
            }
        }

        numbers.AddAtMost($"resident_mb_after_{Tasks}", Resident(), Growth * host + 64);
        numbers.AddAtMost($"device_mb_after_{Tasks}", OnDevice(), Growth * device);
        if (Targets.Device.IsCuda)
        {
            RunOut(numbers);
        }
        else
        {
            numbers.Add("out_of_memory", "asked of GPUs only");
        }
    }

    // The rest of the device's memory is taken; a pass of full size must end with an error of its own, and the next one must work.
    private static void RunOut(Measurements numbers)
    {
        var model = ModelCatalog.Default.Find("pythia-160m");
        using var files = new RandomCheckpoint(model, 0);
        using var checkpoint = files.Open(0);
        var pass = Targets.Analyses(model, ["weight-gradients"]).Single();
        var taken = new List<Tensor>();
        try
        {
            while (true)
            {
                taken.Add(empty(Block, ScalarType.Byte, Targets.Device.Torch));
            }
        }
        catch (Exception error) when (error.Message.Contains("out of memory", StringComparison.OrdinalIgnoreCase))
        {
            numbers.Add("blocks_taken", taken.Count);
        }

        try
        {
            Targets.Run(pass, checkpoint, model, Targets.Device);
            numbers.Add("full_pass_without_memory", "ended");
        }
        catch (Exception error) when (error is not AccessViolationException)
        {
            numbers.Add("full_pass_without_memory", $"{error.GetType().Name}: {error.Message.Split('\n')[0]}");
        }

        taken.ForEach(block => block.Dispose());
        numbers.AddHolds("works_afterwards", Targets.Run(pass, checkpoint, model, Targets.Device).Count > 0);
    }

    private static double Resident() => double.Parse(
        File.ReadLines("/proc/self/status").First(line => line.StartsWith("VmRSS", StringComparison.Ordinal))
            .Split((char[])[' ', '\t'], StringSplitOptions.RemoveEmptyEntries)[1],
        CultureInfo.InvariantCulture) / 1024;

    private static double OnDevice() =>
        GpuLoad.Query("memory.used") is { } text && Targets.Device.IsCuda
            ? double.Parse(text.Split('\n')[0], CultureInfo.InvariantCulture) : 0;
}
