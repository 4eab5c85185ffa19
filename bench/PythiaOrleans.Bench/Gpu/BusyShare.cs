using PythiaOrleans.Analyses.Devices;
using PythiaOrleans.Server.Devices;

namespace PythiaOrleans.Bench.Gpu;

/// <summary>Samples how busy a GPU is and how much memory is taken, while something runs.</summary>
internal sealed class BusyShare : IDisposable
{
    private static readonly TimeSpan Period = TimeSpan.FromMilliseconds(100);

    private readonly List<(double Busy, long Used)> _samples = [];
    private readonly ManualResetEventSlim _ended = new();
    private readonly Thread? _thread;

    public BusyShare(ComputeDevice device)
    {
        if (device.IsCuda && GpuReading.Open() is var gpus && gpus.Count > device.Index)
        {
            _thread = new Thread(() => Sample(gpus[device.Index])) { IsBackground = true, Name = "busy share" };
            _thread.Start();
        }
    }

    /// <summary>From 0 to 1 since the last call; null where no driver says.</summary>
    public double? Take()
    {
        lock (_samples)
        {
            var mean = _samples.Count > 0 ? _samples.Average(sample => sample.Busy) : (double?)null;
            _samples.Clear();
            return mean;
        }
    }

    /// <summary>The most bytes that were taken, by any process, since the last <see cref="Take"/>; null where no driver says.</summary>
    public long? MostUsed()
    {
        lock (_samples)
        {
            return _samples.Count > 0 ? _samples.Max(sample => sample.Used) : null;
        }
    }

    public void Dispose()
    {
        _ended.Set();
        _thread?.Join();
        _ended.Dispose();
    }

    private void Sample(GpuReading.Gpu gpu)
    {
        while (!_ended.Wait(Period))
        {
            lock (_samples)
            {
                _samples.Add((gpu.Utilization, gpu.MemoryUsed));
            }
        }
    }
}
