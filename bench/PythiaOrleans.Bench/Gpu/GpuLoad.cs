using System.Diagnostics;
using System.Globalization;

namespace PythiaOrleans.Bench.Gpu;

/// <summary>How busy the GPUs are, as the driver's own tool says it; nothing where that tool is absent.</summary>
internal sealed class GpuLoad : IDisposable
{
    private readonly Process? _sampler = Start();
    private readonly List<double> _samples = [];

    /// <summary>Begins to sample, five times a second.</summary>
    public GpuLoad()
    {
        if (_sampler is not null)
        {
            _sampler.OutputDataReceived += (_, line) =>
            {
                if (double.TryParse(line.Data, CultureInfo.InvariantCulture, out var busy))
                {
                    lock (_samples)
                    {
                        _samples.Add(busy / 100);
                    }
                }
            };
            _sampler.BeginOutputReadLine();
        }
    }

    /// <summary>The mean share of time in which a kernel ran, since the last call; null where nothing was sampled.</summary>
    public double? TakeBusyShare()
    {
        lock (_samples)
        {
            double? mean = _samples.Count > 0 ? _samples.Average() : null;
            _samples.Clear();
            return mean;
        }
    }

    /// <summary>What <c>nvidia-smi</c> says of the GPUs, one line each; null without it.</summary>
    public static string? Query(string fields)
    {
        try
        {
            using var process = Process.Start(
                new ProcessStartInfo("nvidia-smi", [$"--query-gpu={fields}", "--format=csv,noheader,nounits"]) { RedirectStandardOutput = true })!;
            var text = process.StandardOutput.ReadToEnd().Trim();
            process.WaitForExit();
            return process.ExitCode == 0 ? text : null;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return null;
        }
    }

    /// <inheritdoc />
    public void Dispose()
    {
        if (_sampler is not null)
        {
            _sampler.Kill();
            _sampler.Dispose();
        }
    }

    private static Process? Start()
    {
        try
        {
            return Process.Start(new ProcessStartInfo(
                "nvidia-smi", ["--query-gpu=utilization.gpu", "--format=csv,noheader,nounits", "--loop-ms=200", "--id=0"])
            {
                RedirectStandardOutput = true,
            });
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return null;
        }
    }
}
