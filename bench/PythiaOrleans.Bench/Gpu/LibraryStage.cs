using System.Diagnostics;
using System.Text.Json.Nodes;
using PythiaOrleans.Analyses.Devices;
using static TorchSharp.torch;

namespace PythiaOrleans.Bench.Gpu;

/// <summary>Does the native library load, what does it miss, and which device is there?</summary>
internal static class LibraryStage
{
    private const int NamedSymbols = 50;

    public static void Run(Measurements numbers)
    {
        ArgumentNullException.ThrowIfNull(numbers);
        // Before anything is loaded: a missing symbol may be bound lazily and never asked for, or end the process at once.
        var missing = MissingSymbols();
        numbers.Add("missing_symbols", missing is null ? null : missing.Length);
        numbers.Add("missing_symbol_names", missing is null ? null : new JsonArray([.. missing.Take(NamedSymbols).Select(name => JsonValue.Create(name))]));
        numbers.Add("libtorch_path", Environment.GetEnvironmentVariable("LD_LIBRARY_PATH"));
        using var one = ones(2, 2);
        numbers.AddHolds("loads", one.sum().item<float>() == 4);
        numbers.Add("libtorch_version", __version__);
        numbers.Add("threads", get_num_threads());
        var device = ComputeDevice.Parse(Targets.Name);
        numbers.Add("device", device.ToString());
        numbers.AddHolds("device_is_there", device.IsAvailable);
        numbers.Add("absence", device.IsCuda ? Cuda.Absence() : null);
        numbers.Add("gpus", Cuda.DeviceCount);
        numbers.Add("nvidia_smi", GpuLoad.Query("index,name,driver_version,memory.total,compute_cap"));
    }

    // Of a shared library without loading it; null where the system has no ldd.
    private static string[]? MissingSymbols()
    {
        var library = Directory.EnumerateFiles(AppContext.BaseDirectory, "libLibTorchSharp.so", SearchOption.AllDirectories).First();
        try
        {
            using var process = Process.Start(new ProcessStartInfo("ldd", ["-r", library])
            {
                RedirectStandardOutput = true,
                RedirectStandardError = true,
            })!;
            var errors = process.StandardError.ReadToEndAsync();
            var text = process.StandardOutput.ReadToEnd() + errors.GetAwaiter().GetResult();
            process.WaitForExit();
            return [.. text.Split('\n').Where(line => line.Contains("undefined symbol", StringComparison.Ordinal)
                || line.Contains("not found", StringComparison.Ordinal)).Select(line => line.Trim())];
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return null;
        }
    }
}
