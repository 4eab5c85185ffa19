using System.Globalization;
using System.Runtime.InteropServices;

namespace PythiaOrleans.Server.Devices;

/// <summary>Reads NVIDIA's management library, which comes with the driver. Without it there are no GPUs.</summary>
/// <remarks>
/// Source: the NVML API reference. Every call takes microseconds; utilisation is over the driver's last sample period (up to a second).
/// </remarks>
internal static partial class GpuReading
{
    private const string Library = "libnvidia-ml.so.1";
    private const int Success = 0;

    /// <summary>The GPUs that this process sees; empty without a driver.</summary>
    public static IReadOnlyList<Gpu> Open()
    {
        if (!NativeLibrary.TryLoad(Library, out _) || Init() != Success || Count(out var count) != Success)
        {
            return [];
        }

        return [.. Enumerable.Range(0, count).Where(index => Handle(index, out _) == Success).Select(index => new Gpu(index))];
    }

    [LibraryImport(Library, EntryPoint = "nvmlInit_v2")]
    private static partial int Init();

    [LibraryImport(Library, EntryPoint = "nvmlDeviceGetCount_v2")]
    private static partial int Count(out int count);

    [LibraryImport(Library, EntryPoint = "nvmlDeviceGetHandleByIndex_v2")]
    private static partial int Handle(int index, out nint handle);

    [LibraryImport(Library, EntryPoint = "nvmlDeviceGetMemoryInfo")]
    private static partial int ReadMemory(nint handle, out MemoryInfo memory);

    [LibraryImport(Library, EntryPoint = "nvmlDeviceGetUtilizationRates")]
    private static partial int ReadUtilization(nint handle, out UtilizationInfo utilization);

    /// <summary>One GPU.</summary>
    /// <param name="Index">As CUDA counts.</param>
    public readonly record struct Gpu(int Index)
    {
        /// <summary><c>cuda:0</c>.</summary>
        public string Name => $"cuda:{Index.ToString(CultureInfo.InvariantCulture)}";

        /// <summary>Bytes that anybody holds; 0 where the driver does not say.</summary>
        public long MemoryUsed => Memory.Used;

        /// <summary>Bytes in all.</summary>
        public long MemoryTotal => Memory.Total;

        /// <summary>From 0 to 1.</summary>
        public double Utilization =>
            Handle(Index, out var handle) == Success && ReadUtilization(handle, out var rates) == Success ? rates.GpuPercent / 100.0 : 0;

        private MemoryInfo Memory =>
            Handle(Index, out var handle) == Success && ReadMemory(handle, out var memory) == Success ? memory : default;
    }

    // nvmlMemory_t
    [StructLayout(LayoutKind.Sequential)]
    private struct MemoryInfo
    {
        public long Total;
        public long Free;
        public long Used;
    }

    // nvmlUtilization_t
    [StructLayout(LayoutKind.Sequential)]
    private struct UtilizationInfo
    {
        public uint GpuPercent;
        public uint MemoryPercent;
    }
}
