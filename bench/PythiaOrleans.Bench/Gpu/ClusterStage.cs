using System.ComponentModel;
using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using PythiaOrleans.Testing;

namespace PythiaOrleans.Bench.Gpu;

/// <summary>One control silo and two workers on one device; one worker is killed in the middle of a sweep.</summary>
internal static class ClusterStage
{
    private static readonly TimeSpan StartLimit = TimeSpan.FromSeconds(60);

    public static void Run(StageRun run)
    {
        var processes = new List<Process>();
        try
        {
            if (StartRedis(run, processes) is { } redis)
            {
                Sweep(run, processes, redis);
            }
            else
            {
                run.Skip("neither the kit nor this machine has redis-server: install it where the kit is made, or here");
            }
        }
        finally
        {
            foreach (var process in processes)
            {
                process.Kill(entireProcessTree: true);
                process.WaitForExit();
                process.Dispose();
            }
        }
    }

    private static void Sweep(StageRun run, List<Process> processes, string redis)
    {
        var store = Path.Combine(run.Folder, "store");
        var http = Ports.FindFree();
        Silo("control", http);
        WaitFor(http);
        string[] worker = ["--slots", "1", "--device", run.Settings.Device.ToString()];
        var first = Silo("worker", Ports.FindFree(), worker);
        Silo("worker", Ports.FindFree(), worker);
        string[] which = ["--store", store, "--name", "kit", .. SweepStage.OfKit(run)];
        var started = Stopwatch.GetTimestamp();
        var sweep = Start(KitSettings.Dotnet, [run.Settings.Pythia, "sweep", "--cluster", redis, .. which]);
        processes.Add(sweep);
        SpinWait.SpinUntil(() => sweep.HasExited || Results() > 0, StartLimit);
        if (sweep.HasExited)
        {
            run.Fail("The sweep ended before a worker could be killed: what a death costs was not seen.");
        }

        run.Add("results_when_a_worker_was_killed", Results());
        first.Kill();
        sweep.WaitForExit();
        run.Add("sweep", new
        {
            exit_code = sweep.ExitCode,
            results = Results(),
            seconds = Stopwatch.GetElapsedTime(started).TotalSeconds,
        });
        if (sweep.ExitCode != 0)
        {
            run.Fail($"A sweep whose worker was killed: expected exit code 0, found {sweep.ExitCode}.");
            return;
        }

        // The same sweep in one process finds nothing to do: the cluster's store is whole.
        var (_, output, _) = run.Pythia(["sweep", .. which]);
        if (!output.Contains(" 0 computed", StringComparison.Ordinal))
        {
            run.Fail($"The cluster's store: expected every result, found: {output}");
        }

        Process Silo(string role, int port, params string[] more)
        {
            var silo = Start(
                KitSettings.Dotnet,
                [
                    run.Settings.Pythia, "silo", "--role", role, "--redis", redis, "--store", store, "--http", $"127.0.0.1:{port}", "--set",
                    "Silo:Port=0", "--set", "Silo:GatewayPort=0", "--set", "Dispatcher:LeaseDuration=00:00:05", .. more,
                ]);
            processes.Add(silo);
            return silo;
        }

        int Results() => Directory.Exists(Path.Combine(store, "results")) ? StageRun.Digests(store).Count : 0;
    }

    // The kit's own through its own loader, which asks nothing of this machine; else the machine's.
    private static string? StartRedis(StageRun run, List<Process> processes)
    {
        var own = Path.Combine(run.Settings.Kit, "redis");
        var port = Ports.FindFree();
        string[] arguments = ["--port", $"{port}", "--bind", "127.0.0.1", "--dir", run.Folder, "--save", "", "--appendonly", "yes"];
        var loader = Path.Combine(own, "ld-linux-x86-64.so.2");
        try
        {
            processes.Add(File.Exists(loader)
                ? Start(loader, ["--library-path", own, Path.Combine(own, "redis-server"), .. arguments])
                : Start("redis-server", arguments));
        }
        catch (Win32Exception)
        {
            return null;
        }

        WaitFor(port);
        return $"127.0.0.1:{port}";
    }

    private static Process Start(string program, string[] arguments) => Process.Start(new ProcessStartInfo(program, arguments))!;

    private static void WaitFor(int port)
    {
        if (!SpinWait.SpinUntil(() => Listens(port), StartLimit))
        {
            throw new TimeoutException($"127.0.0.1:{port}: expected a server within {StartLimit.TotalSeconds:0} s, found none.");
        }
    }

    private static bool Listens(int port)
    {
        try
        {
            using var client = new TcpClient();
            client.Connect(IPAddress.Loopback, port);
            return true;
        }
        catch (SocketException)
        {
            Thread.Sleep(100);
            return false;
        }
    }
}
