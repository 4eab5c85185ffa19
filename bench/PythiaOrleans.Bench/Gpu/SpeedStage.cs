using System.Diagnostics;
using System.Text.Json.Nodes;
using PythiaOrleans.Checkpoints.Catalog;

namespace PythiaOrleans.Bench.Gpu;

/// <summary>Seconds of each analysis on checkpoints of full size, beside PyTorch doing the same on the same device.</summary>
internal static class SpeedStage
{
    private static readonly string[] Shapes = ["pythia-160m", "pythia-410m", "pythia-1.4b"];

    public static void Run(Measurements numbers)
    {
        ArgumentNullException.ThrowIfNull(numbers);
        using var load = new GpuLoad();
        foreach (var name in Shapes)
        {
            var model = ModelCatalog.Default.Find(name);
            using var files = new RandomCheckpoint(model, 0);
            using var checkpoint = files.Open(0);
            var all = Targets.Analyses(
                model, ["weight-moments", "weight-distance", "weight-distribution", .. Targets.OnDevice]);
            foreach (var analysis in all)
            {
                load.TakeBusyShare();
                var first = Time(() => Targets.Run(analysis, checkpoint, model, Targets.Device));
                var second = Time(() => Targets.Run(analysis, checkpoint, model, Targets.Device));
                var key = $"{name}.{analysis.Description.Name}";
                numbers.Add($"{key}.first_seconds", first);
                numbers.Add($"{key}.seconds", second);
                numbers.Add($"{key}.device_busy", load.TakeBusyShare() is { } busy ? JsonValue.Create(busy) : null);
            }

            numbers.Add($"{name}.pytorch", Peer(files.Root, model));
        }
    }

    private static double Time(Action work)
    {
        var started = Stopwatch.GetTimestamp();
        work();
        return Stopwatch.GetElapsedTime(started).TotalSeconds;
    }

    // What Python makes of the same file: the script beside the kit's run.sh; null where there is no Python with torch.
    private static JsonNode? Peer(string root, ModelEntry model)
    {
        var script = Path.Combine(AppContext.BaseDirectory, "..", "peer.py");
        var file = Directory.EnumerateFiles(root, "model.safetensors", SearchOption.AllDirectories).Single();
        if (!File.Exists(script))
        {
            return null;
        }

        try
        {
            using var process = Process.Start(new ProcessStartInfo(
                Environment.GetEnvironmentVariable("PYTHON") is { Length: > 0 } python ? python : "python3",
                [script, file, model.Shape.Heads.ToString(System.Globalization.CultureInfo.InvariantCulture), Targets.Name])
            {
                RedirectStandardOutput = true,
                RedirectStandardError = true,
            })!;
            var errors = process.StandardError.ReadToEndAsync();
            var text = process.StandardOutput.ReadToEnd();
            process.WaitForExit();
            return process.ExitCode == 0
                ? JsonNode.Parse(text)
                : JsonValue.Create(errors.GetAwaiter().GetResult().Trim().Split('\n')[^1]);
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return null;
        }
    }
}
