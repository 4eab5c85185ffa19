using System.Security.Cryptography;

namespace PythiaOrleans.Bench.Gpu;

/// <summary>A small trained suite swept on the processor, and twice on the device.</summary>
internal static class SweepStage
{
    public static void Run(Measurements numbers)
    {
        ArgumentNullException.ThrowIfNull(numbers);
        Programs.Run("demo", "--quick", "--folder", "demo", "--device", "cpu");
        Sweep("processor", "cpu");
        Sweep("device", Targets.Name);
        Sweep("again", Targets.Name);
        var (first, second) = (Results("device"), Results("again"));
        numbers.Add("results", first.Count);
        var differing = first.Where(result => second.GetValueOrDefault(result.Key) != result.Value).Select(result => result.Key).ToArray();
        numbers.Add("results_that_differ_the_second_time", differing.Length);
        numbers.AddHolds("repeats_its_bytes", first.Count > 0 && differing.Length == 0);
        // How far the two are apart is printed for the log: counts and laws may jump where a value crosses a threshold.
        Programs.Run(
            "compare", "kit", "--store", "device", "--reference", "kit", "--reference-store", "processor", "--worst", "20");
        numbers.AddHolds("compared_with_the_processor", true);
    }

    private static void Sweep(string store, string device) => Programs.Run(
        "sweep", "--source", Path.Combine("demo", "checkpoints"), "--suite", "nano", "--models", "nano-1,nano-2", "--steps", "0,715",
        "--name", "kit", "--store", store, "--device", device);

    private static Dictionary<string, string> Results(string store) => Directory
        .EnumerateFiles(Path.Combine(store, "results"), "*.parquet", SearchOption.AllDirectories)
        .ToDictionary(
            file => Path.GetRelativePath(store, file), file => Convert.ToHexString(SHA256.HashData(File.ReadAllBytes(file))));
}
