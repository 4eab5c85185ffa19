using System.Collections.Concurrent;
using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;
using PythiaOrleans.Checkpoints.Catalog;
using PythiaOrleans.Checkpoints.Formats;
using PythiaOrleans.Cli.Display;
using PythiaOrleans.Server.Api;
using PythiaOrleans.Server.Configuration;
using PythiaOrleans.Testing;

namespace PythiaOrleans.EndToEnd.Tests;

/// <summary>
/// A cluster of real processes on loopback: Redis or tables, one control silo, workers; and a store that is a folder unless a test names
/// another.
/// </summary>
internal sealed partial class ClusterFixture : IAsyncDisposable
{
    private static readonly ConcurrentDictionary<(int Steps, DType Stored), Lazy<Task<SortedDictionary<string, string>>>> Undisturbed =
        new();

    private readonly Dictionary<string, string> _environment;
    private readonly string[] _options;
    private readonly AzuriteTables? _tables;
    private readonly CancellationTokenSource _ended = new();
    private Task _watching = Task.CompletedTask;

    private ClusterFixture(
        TinySuite suite,
        string? store,
        IReadOnlyDictionary<string, string>? environment,
        bool persistentRedis,
        AzuriteTables? tables,
        SiloTlsOptions? redisTls,
        string[] options)
    {
        _options = options;
        _tables = tables;
        Suite = suite;
        Store = store ?? suite.Store("cluster");
        Faults = Path.Combine(suite.Folder, "faults");
        Directory.CreateDirectory(Faults);
        Redis = new RedisServer(Path.Combine(suite.Folder, "redis"), persistentRedis, redisTls);
        _environment = new Dictionary<string, string>(
            environment ?? new Dictionary<string, string>())
        {
            ["PYTHIA_FAULTS"] = Faults,
            ["PYTHIA_CACHE"] = Path.Combine(suite.Folder, "cache")
        };
        if (tables is not null)
        {
            _environment["AZURE_STORAGE_CONNECTION_STRING"] = tables.ConnectionString;
        }
    }

    public TinySuite Suite { get; }

    public string Store { get; }

    public string Faults { get; }

    public RedisServer Redis { get; }

    /// <summary>Where clients find the silos.</summary>
    public string Address => _tables is null ? Redis.Connection : "tables:pythia";

    public List<SiloProcess> Silos { get; } = [];

    public SiloProcess Control => Silos.First(silo => silo.Role == "Control");

    public IEnumerable<SiloProcess> Workers => Silos.Where(silo => silo.Role == "Worker");

    public string Log => string.Join("\n", Silos.Select(silo => silo.Log));

    /// <summary>What the silos said, and after it what a sweep said: a CI may show only the end.</summary>
    public string LogWith(PythiaProcess sweep) => $"{Log}\n{sweep.Output}{sweep.Errors}";

    public static async Task<ClusterFixture> StartAsync(
        TinySuite suite, int workers, string? store = null, IReadOnlyDictionary<string, string>? environment = null,
        bool persistentRedis = true,
        AzuriteTables? tables = null,
        int controls = 1,
        SiloTlsOptions? redisTls = null,
        params string[] options)
    {
        var bed = new ClusterFixture(suite, store, environment, persistentRedis, tables, redisTls, options);
        try
        {
            if (tables is null)
            {
                await bed.Redis.StartAsync();
            }

            for (var i = 0; i < controls; i++)
            {
                bed.Add("Control");
            }

            for (var i = 0; i < workers; i++)
            {
                bed.Add("Worker");
            }

            await bed.UntilUpAsync();
            return bed;
        }
        catch
        {
            await bed.DisposeAsync(); // or its processes would go on
            throw;
        }
    }

    /// <summary>Starts one more silo.</summary>
    /// <param name="role">Control or Worker.</param>
    /// <param name="more">Options of this silo alone.</param>
    public void Add(string role, params string[] more)
    {
        var silo = new SiloProcess(role, _environment,
        [
            $"Role={role}", _tables is null ? $"Redis={Redis.Connection}" : "Tables=pythia", "AllowVolatileRedis=true", $"Store={Store}",
            "Silo:Port=0", "Silo:GatewayPort=0", "Http:Address=127.0.0.1:0", "Worker:Slots=1", "Worker:HeartbeatPeriod=00:00:01",
            "Worker:Grace=00:00:05",
            "Dispatcher:LeaseDuration=00:00:05", "Dispatcher:FirstBackoff=00:00:00.2", "Dispatcher:LongestBackoff=00:00:02",

            // A silo that gets no core for two seconds, as happens beside other tests, must not count as dead.
            "Membership:ProbeTimeout=00:00:01", "Membership:MissedProbes=3", "Membership:Votes=1", "Membership:Refresh=00:00:02",
            .. _options,
            .. more,
        ]);
        silo.Start();
        Silos.Add(silo);
    }

    /// <summary>Every task takes this much longer.</summary>
    public void Slow(int milliseconds) =>
        File.WriteAllText(Path.Combine(Faults, "slow"), milliseconds.ToString(CultureInfo.InvariantCulture));

    public void SetFault(string kind, object of) => File.WriteAllText(Path.Combine(Faults, $"{kind}.{of}"), "");

    public void ClearFault(string kind, object of) => File.Delete(Path.Combine(Faults, $"{kind}.{of}"));

    // A silo starts in seconds, and in a minute and more where other tests keep every core busy.
    public Task UntilUpAsync() => Servers.UntilAsync(
        () => Silos.All(silo => silo.IsUp), () => $"all silos to be up. {Log}", TimeSpan.FromMinutes(3));

    /// <summary>Starts dead silos again, as Kubernetes does.</summary>
    public void KeepAlive() => _watching = Task.Run(async () =>
    {
        while (!_ended.IsCancellationRequested)
        {
            foreach (var silo in Silos.Where(silo => silo.Current.Process.HasExited).ToArray())
            {
                silo.Start();
            }

            await Task.Delay(200);
        }
    });

    /// <summary>Starts the suite's sweep as a user does.</summary>
    public PythiaProcess StartSweep(string name = "tiny") => PythiaProcess.Start(
        _environment, [.. Suite.SweepArguments("unused").Select(
            argument => argument == "tiny" ? name : argument == Suite.Store("unused") ? Store : argument), "--cluster", Address]);

    /// <summary>Any verb on the cluster.</summary>
    public Task<(int Code, string Output, string Errors)> RunAsync(params string[] arguments) =>
        PythiaProcess.RunAsync(_environment, [.. arguments, "--cluster", Address, "--store", Store]);

    /// <summary>What <c>pythia status</c> says of a sweep.</summary>
    public async Task<JsonDocument> StatusAsync(string sweep)
    {
        var (_, output, errors) = await RunAsync("status", sweep, "--json");
        return output.Length > 2 ? JsonDocument.Parse(output) : throw new InvalidDataException($"No status: {errors}\n{Log}");
    }

    public async Task<string?> StateAsync(string sweep)
    {
        using var status = await StatusAsync(sweep);
        return status.RootElement.GetProperty("progress").GetProperty("state").GetString();
    }

    /// <summary>Waits until the store holds a few results more than now.</summary>
    public Task UntilSomeMoreResultsAsync()
    {
        var before = StoreFiles.CountResults(Store);
        return Servers.UntilAsync(
            () => StoreFiles.CountResults(Store) >= before + (2 * TinySuite.Analyses), () => $"further results. {Log}");
    }

    /// <summary>
    /// Kills every silo while a sweep runs and starts them again. No command tells them of the sweep, and it ends all the same.
    /// </summary>
    /// <returns>How many results there were when the silos were dead.</returns>
    public async Task<int> KillAndRestartAsync(TimeSpan wakeLimit, TimeSpan? endLimit = null)
    {
        using (StartSweep())
        {
            await UntilSomeMoreResultsAsync();
            Silos.ForEach(silo => silo.Kill());
        }

        var left = StoreFiles.CountResults(Store);
        Silos.ForEach(silo => silo.Start());
        KeepAlive(); // one that gets no core for seconds may be declared dead
        await Servers.UntilAsync(
            () => StoreFiles.CountResults(Store) > left, () => $"the first result after the restart. {Log}", wakeLimit);

        // The state is asked by a process of its own, which takes a core for seconds.
        var all = Suite.Results;
        await Servers.UntilAsync(
            async () => StoreFiles.CountResults(Store) == all && await StateAsync("tiny") == "completed",
            () => $"the sweep's end. {Log}",
            endLimit);
        return left;
    }

    /// <summary>Waits for the sweep's end and looks whether what it said of its progress ever went back.</summary>
    public async Task<int> EndOfAsync(PythiaProcess sweep)
    {
        await sweep.WaitAsync();
        var done = Progress().Matches(sweep.Errors).Select(line => int.Parse(line.Groups[1].Value, CultureInfo.InvariantCulture)).ToArray();
        Assert.True(done.SequenceEqual(done.Order()), $"Progress went back: {string.Join(", ", done)}\n{Log}");
        return sweep.Process.ExitCode;
    }

    /// <summary>What a sweep of this suite writes when nothing goes wrong; suites of one length are the same.</summary>
    public static Task<SortedDictionary<string, string>> UndisturbedAsync(TinySuite suite) =>
        Undisturbed.GetOrAdd(
            (suite.Steps.Count, suite.Stored), _ => new Lazy<Task<SortedDictionary<string, string>>>(() => SweepCalmlyAsync(suite))).Value;

    private static async Task<SortedDictionary<string, string>> SweepCalmlyAsync(TinySuite suite)
    {
        var (code, _, errors) = await PythiaProcess.RunAsync(suite.SweepArguments("calm"));
        Assert.True(code == 0, errors);
        return StoreFiles.Digests(suite.Store("calm"));
    }

    public async ValueTask DisposeAsync()
    {
        await _ended.CancelAsync();
        await _watching;
        Silos.ForEach(silo => silo.Dispose());
        Redis.Dispose();
        _ended.Dispose();
    }

    [GeneratedRegex(@"^\w+: (\d+) of \d+ shards", RegexOptions.Multiline)]
    private static partial Regex Progress();
}
