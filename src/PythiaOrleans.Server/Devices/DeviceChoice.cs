using PythiaOrleans.Analyses.Devices;
using PythiaOrleans.Cluster.Workers;
using PythiaOrleans.Server.Configuration;

namespace PythiaOrleans.Server.Devices;

/// <summary>
/// Turns <c>Worker:Device</c>, <c>Worker:Slots</c> and <c>Worker:Memory</c> into devices: what cannot be had is refused before the silo
/// starts.
/// </summary>
public static class DeviceChoice
{
    // The rest is for CUDA's own context and libraries, and for what an estimate forgot.
    private const double ShareOfGpu = 0.9;
    private const double ShareOfHost = 0.8;

    /// <summary>The devices that a setting means on this machine.</summary>
    /// <param name="setting"><c>auto</c>, <c>cpu</c>, <c>cuda</c>, or a list as <c>cuda:0,cuda:1</c>.</param>
    /// <exception cref="ArgumentException">A GPU is asked for that is not there; the message names the option and what to do.</exception>
    public static IReadOnlyList<ComputeDevice> Devices(string setting) => Devices(setting, () => Cuda.DeviceCount, Cuda.Absence);

    internal static IReadOnlyList<ComputeDevice> Devices(string setting, Func<int> countGpus, Func<string?> absence)
    {
        ArgumentNullException.ThrowIfNull(setting);
        if (setting == "cpu")
        {
            return [ComputeDevice.Cpu]; // CUDA is not even looked for
        }

        var gpus = countGpus();
        if (setting == "auto")
        {
            return gpus > 0 ? All(gpus) : [ComputeDevice.Cpu];
        }

        var wanted = setting == "cuda" ? All(Math.Max(gpus, 1)) : [.. setting.Split(',').Select(Parse).Distinct()];
        var missing = wanted.Where(device => device.IsCuda && device.Index >= gpus).ToArray();
        return missing.Length == 0
            ? wanted
            : throw new ArgumentException(
                $"Configuration: Worker:Device = '{setting}': expected "
                    + $"{string.Join(", ", missing)}, found {(gpus == 0 ? "no GPU" : $"cuda:0 to cuda:{gpus - 1}")}"
                + $"{(absence() is { } reason ? $": {reason}" : "")}. Give another device, or cpu (docs/gpu.md).");
    }

    /// <summary>Slots and devices of a silo.</summary>
    internal static (int Slots, WorkerDevices Devices) FromOptions(PythiaOptions options) =>
        options.Role == SiloRole.Control || options.Worker.Slots == 0
        ? (0, WorkerDevices.Processor)
        : FromOptions(options.Worker, Devices(options.Worker.Device), BytesOf);

    internal static (int Slots, WorkerDevices Devices) FromOptions(
        WorkerOptions options, IReadOnlyList<ComputeDevice> devices, Func<ComputeDevice, long> bytesOf) => (
        options.Slots ?? (devices[0].IsCuda ? devices.Count : Environment.ProcessorCount),
        new WorkerDevices(
            [.. devices.Select(device => new WorkerDevice(device.ToString(), new DeviceBudget(options.Memory ?? bytesOf(device))))]));

    private static ComputeDevice[] All(int gpus) => [.. Enumerable.Range(0, gpus).Select(ComputeDevice.Gpu)];

    private static ComputeDevice Parse(string name)
    {
        try
        {
            return ComputeDevice.Parse(name);
        }
        catch (FormatException error)
        {
            throw new ArgumentException(
                $"Configuration: Worker:Device: {error.Message} auto, cpu and cuda (every GPU) are understood too.", error);
        }
    }

    // The driver counts GPUs otherwise than CUDA does where CUDA_VISIBLE_DEVICES hides some: the smallest of them stands for each.
    private static long BytesOf(ComputeDevice device) => device.IsCuda
        ? GpuReading.Open().Select(gpu => gpu.MemoryTotal).Where(bytes => bytes > 0).DefaultIfEmpty(long.MaxValue).Min() is var bytes
            && bytes < long.MaxValue
            ? (long)(ShareOfGpu * bytes)
            : long.MaxValue // a driver that does not say
        : (long)(ShareOfHost * GC.GetGCMemoryInfo().TotalAvailableMemoryBytes);
}
