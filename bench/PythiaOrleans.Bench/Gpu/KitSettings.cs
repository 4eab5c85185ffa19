using System.Globalization;
using PythiaOrleans.Analyses.Devices;
using PythiaOrleans.Checkpoints.Catalog;

namespace PythiaOrleans.Bench.Gpu;

/// <summary>What <c>run.sh</c> tells the kit's processes, from the environment.</summary>
/// <param name="kit">The unpacked kit.</param>
internal sealed class KitSettings(string kit)
{
    private const double DefaultSeconds = 420;

    /// <summary>The unpacked kit.</summary>
    public string Kit { get; } = Path.GetFullPath(kit);

    /// <summary>Where report, log and what stages leave go.</summary>
    public string Out { get; } = Path.GetFullPath(Read("OUT") ?? "gpu-kit-out");

    /// <summary>The one text log.</summary>
    public string LogFile => Path.Combine(Out, "gpu-kit.log");

    /// <summary>The device that is checked; a processor rehearses.</summary>
    public ComputeDevice Device { get; } =
        (Read("PYTHIA_TEST_DEVICE") ?? "cuda") is var name && name == "cuda" ? ComputeDevice.Gpu(0) : ComputeDevice.Parse(name);

    /// <summary>Seconds for all stages together.</summary>
    public double Seconds { get; } = Read("GPU_KIT_SECONDS") is { } text ? Number("GPU_KIT_SECONDS", text) : DefaultSeconds;

    /// <summary>The stages in their order, some with seconds of their own.</summary>
    public IReadOnlyList<(string Name, double? Seconds)> Stages { get; } = Read("GPU_KIT_STAGES") is { } list
        ? [.. list.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries).Select(Stage)]
        : [.. GpuKit.Stages.Select(stage => (stage.Name, (double?)null))];

    /// <summary>The runtime's own program.</summary>
    public static string Dotnet => Environment.ProcessPath!;

    /// <summary>The command.</summary>
    public string Pythia => Path.Combine(Kit, "pythia", "pythia.dll");

    /// <summary>The analyses' tests.</summary>
    public string Tests => Path.Combine(Kit, "tests", "PythiaOrleans.Analyses.Tests.dll");

    /// <summary>The two small trained models.</summary>
    public string Checkpoints => Path.Combine(Kit, "checkpoints");

    /// <summary>The version that <c>run.sh</c> read beside libtorch; null where it says none.</summary>
    public static string? TorchVersion => Read("GPU_KIT_TORCH");

    /// <summary>The folder of libtorch.</summary>
    public static string? TorchFolder => Read("GPU_KIT_LIBTORCH");

    /// <summary>Whose PyTorch is the peer.</summary>
    public static string Python => Read("PYTHON") ?? "python3";

    /// <summary>A model of the shape with which stages compute: a real one on a GPU, a small one in a rehearsal.</summary>
    public ModelEntry Model => ModelCatalog.Default.Find(Device.IsCuda ? "pythia-70m" : "nano-2");

    /// <summary>The models whose speed is measured.</summary>
    public IReadOnlyList<ModelEntry> Measured =>
        [.. (Device.IsCuda ? (string[])["pythia-160m", "pythia-410m", "pythia-1.4b"] : ["nano-2"]).Select(ModelCatalog.Default.Find)];

    private static string? Read(string name) => Environment.GetEnvironmentVariable(name) is { Length: > 0 } text ? text : null;

    private static (string Name, double? Seconds) Stage(string text) => text.Split(':', 2) is [var name, var seconds]
        ? (name, Number("GPU_KIT_STAGES", seconds))
        : (text, null);

    private static double Number(string variable, string text) =>
        double.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var seconds) && seconds > 0
            ? seconds
            : throw new ArgumentException($"{variable}: found '{text}', expected seconds, for example 420.");
}
