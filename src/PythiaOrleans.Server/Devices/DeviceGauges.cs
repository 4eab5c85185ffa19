using System.Diagnostics;
using System.Diagnostics.Metrics;
using PythiaOrleans.Core.Telemetry;

namespace PythiaOrleans.Server.Devices;

/// <summary>Memory and utilisation of this silo's devices: every GPU that the driver shows, or the processor where there is none.</summary>
internal sealed class DeviceGauges : IDisposable
{
    private readonly Meter _meter = new(PythiaInstruments.Name);
    private readonly IReadOnlyList<GpuReading.Gpu> _gpus = GpuReading.Open();
    private readonly Lock _reading = new();
    private TimeSpan _cpuBefore;
    private long _readAt = Stopwatch.GetTimestamp();
    private double _cpuRatio;

    public DeviceGauges()
    {
        _meter.CreateObservableGauge(
            "pythia.device.memory",
            Memory,
            "By",
            "Memory of a device: used by anybody, and in all. On a processor: of this process, and what it may take.");
        _meter.CreateObservableGauge(
            "pythia.device.utilization.ratio",
            Utilization,
            "1",
            "Share of the time in which a device was busy. On a processor: of all cores, since the last reading.");
    }

    public void Dispose() => _meter.Dispose();

    private IEnumerable<Measurement<long>> Memory() => _gpus.Count > 0
        ? _gpus.SelectMany(gpu => Of(gpu.Name, gpu.MemoryUsed, gpu.MemoryTotal))
        : Of("cpu", Environment.WorkingSet, GC.GetGCMemoryInfo().TotalAvailableMemoryBytes);

    private IEnumerable<Measurement<double>> Utilization() => _gpus.Count > 0
        ? _gpus.Select(gpu => new Measurement<double>(gpu.Utilization, Device(gpu.Name)))
        : [new Measurement<double>(CpuRatio(), Device("cpu"))];

    // Two scrapers may ask at the same time; a second is the least over which processor time says anything.
    private double CpuRatio()
    {
        lock (_reading)
        {
            var elapsed = Stopwatch.GetElapsedTime(_readAt);
            if (elapsed > TimeSpan.FromSeconds(1))
            {
                var cpu = Environment.CpuUsage.TotalTime;
                _cpuRatio = Math.Clamp((cpu - _cpuBefore) / elapsed / Environment.ProcessorCount, 0, 1);
                (_cpuBefore, _readAt) = (cpu, Stopwatch.GetTimestamp());
            }

            return _cpuRatio;
        }
    }

    private static Measurement<long>[] Of(string device, long used, long total) =>
        [new(used, Device(device), new("kind", "used")), new(total, Device(device), new("kind", "total"))];

    private static KeyValuePair<string, object?> Device(string name) => new("device", name);
}
