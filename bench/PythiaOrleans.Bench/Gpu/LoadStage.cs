using System.Runtime.InteropServices;
using PythiaOrleans.Analyses.Devices;
using PythiaOrleans.Server.Devices;
using TorchSharp;

namespace PythiaOrleans.Bench.Gpu;

/// <summary>Whether TorchSharp's library and this libtorch fit together, and what the device is.</summary>
internal static class LoadStage
{
    private const int MaxListed = 200;

    // Marks the need of a newer C++ library and is never called: docs/native-library.md.
    private const string Marker = "_ZSt21ios_base_library_initv";

    private static readonly string[] Libraries =
    [
        "libc10.so", "libtorch_cpu.so", "libtorch.so", "libstdc++.so.6", "libm.so.6", "libgcc_s.so.1", "libc.so.6", "ld-linux-x86-64.so.2",
    ];

    public static void Run(StageRun run)
    {
        run.Add("torchsharp", typeof(torch).Assembly.GetName().Version!.ToString());
        run.Add("libtorch", new { version = KitSettings.TorchVersion, folder = KitSettings.TorchFolder });
        var names = run.Settings.Device.IsCuda ? [.. Libraries, "libc10_cuda.so", "libtorch_cuda.so"] : Libraries;
        var handles = names.Select(name => Load(run, name)).Where(handle => handle != 0).ToArray();
        var missing = UndefinedSymbols.Read(Native(run.Settings))
            .Where(name => name != Marker && !Array.Exists(handles, handle => NativeLibrary.TryGetExport(handle, name, out _)))
            .Order(StringComparer.Ordinal).ToArray();
        run.Add("unresolved_symbols", missing.Length);
        run.Add("unresolved", missing.Take(MaxListed));
        if (missing.Length > 0)
        {
            run.Fail($"libLibTorchSharp.so: expected every symbol in libtorch {KitSettings.TorchVersion}, found {missing.Length} missing.");
        }

        // Lazily bound functions may be missing and the rest may work.
        torch.InitializeDeviceType(DeviceType.CPU);
        using (var ones = torch.ones(1000))
        using (var sum = ones.sum())
        {
            run.Add("sum_of_thousand_ones", sum.item<float>());
        }

        Describe(run);
    }

    private static void Describe(StageRun run)
    {
        run.Add("gpus", Cuda.DeviceCount);
        run.Add("absence_of_gpus", Cuda.Absence());
        run.Add("gpu_memory", GpuReading.Open().Select(gpu => new { gpu.Name, gpu.MemoryTotal, gpu.MemoryUsed, gpu.Utilization }));
        if (!run.Settings.Device.IsAvailable)
        {
            run.Fail($"{run.Settings.Device}: expected libtorch to see it, found {Cuda.DeviceCount} GPUs: {Cuda.Absence()}");
            return;
        }

        using var on = torch.ones([64, 64], device: run.Settings.Device.Torch);
        using var product = on.mm(on);
        using var host = product.cpu();
        run.Add("deterministic", Determinism.IsOn);
        if (host[5, 7].item<float>() != 64)
        {
            run.Fail($"A product of ones [64, 64] on {run.Settings.Device}: expected 64, found {host[5, 7].item<float>()}.");
        }
    }

    private static nint Load(StageRun run, string name)
    {
        try
        {
            return NativeLibrary.Load(name);
        }
        catch (DllNotFoundException error)
        {
            run.Fail($"{name}: expected the loader to find it, found: {error.Message}");
            return 0;
        }
    }

    private static string Native(KitSettings settings) =>
        Path.Combine(settings.Kit, "bench", "runtimes", "linux-x64", "native", "libLibTorchSharp.so");
}
