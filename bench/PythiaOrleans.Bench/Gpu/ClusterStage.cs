using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using PythiaOrleans.Testing;

namespace PythiaOrleans.Bench.Gpu;

/// <summary>One control silo and two workers on the device; a worker is killed, and the sweep must end with every result.</summary>
internal static class ClusterStage
{
    private const string Redis = "redis-server";

    public static void Run(Measurements numbers)
    {
        ArgumentNullException.ThrowIfNull(numbers);
        if (Find(Redis) is not { } server)
        {
            numbers.Add("redis", "not on this machine: install redis-server, or put one on the PATH");
            throw new InvalidOperationException($"A cluster needs {Redis}, which is not on the PATH.");
        }

        var port = Ports.FindFree();
        var redis = string.Create(CultureInfo.InvariantCulture, $"127.0.0.1:{port}");
        var started = new List<Process>
        {
            Process.Start(server, ["--port", port.ToString(CultureInfo.InvariantCulture), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"]),
        };
        try
        {
            Programs.Run("demo", "--quick", "--folder", "demo", "--device", "cpu");
            started.Add(Silo("control", redis));
            Process[] workers = [Silo("worker", redis), Silo("worker", redis)];
            started.AddRange(workers);
            var sweep = Programs.Start(
                "sweep", "--source", Path.GetFullPath(Path.Combine("demo", "checkpoints")), "--suite", "nano", "--models", "nano-1,nano-2",
                "--name", "kit", "--store", Path.GetFullPath("cluster"), "--cluster", $"redis:{redis}");
            started.Add(sweep);
            while (!sweep.HasExited && Results() == 0)
            {
                Thread.Sleep(100);
            }

            numbers.Add("results_when_a_worker_was_killed", Results());
            workers[0].Kill();
            sweep.WaitForExit();
            numbers.Add("results", Results());
            numbers.AddHolds("sweep_ended_well", sweep.ExitCode == 0);
        }
        finally
        {
            started.Reverse();
            started.Where(process => !process.HasExited).ToList().ForEach(process => process.Kill(entireProcessTree: true));
        }
    }

    private static Process Silo(string role, string redis) => Programs.Start(
        "silo", "--role", role, "--redis", redis, "--store", Path.GetFullPath("cluster"), "--device", Targets.Name, "--http", "off");

    private static int Results() => Directory.Exists("cluster")
        ? Directory.EnumerateFiles("cluster", "*.parquet", SearchOption.AllDirectories).Count() : 0;

    private static string? Find(string program) => (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':')
        .Append("/usr/sbin").Select(folder => Path.Combine(folder, program)).FirstOrDefault(File.Exists);
}
