using System.ComponentModel.DataAnnotations;
using PythiaOrleans.Cluster.Scheduling;
using PythiaOrleans.Cluster.Workers;

namespace PythiaOrleans.Server.Configuration;

/// <summary>
/// Everything that differs between a laptop and a cluster. Read from a JSON file, then <c>PYTHIA__…</c> in the environment, then the command line, each over
/// the one before: <c>Worker:Slots</c> is <c>PYTHIA__WORKER__SLOTS</c> and <c>--Worker:Slots</c>.
/// </summary>
public sealed record PythiaOptions
{
    /// <summary>What the silo is for. Default: everything.</summary>
    public SiloRole Role { get; init; } = SiloRole.All;

    /// <summary>Silos and clients of one cluster share it. Default: <c>pythia</c>.</summary>
    [Required]
    public string ClusterId { get; init; } = "pythia";

    /// <summary>Names the running sweeps' marks; it stays when a cluster is replaced. Default: <c>pythia</c>.</summary>
    [Required]
    public string ServiceId { get; init; } = "pythia";

    /// <summary>Membership and reminders, as StackExchange.Redis writes it: <c>host:port,password=…</c>. None makes a cluster of this process alone.</summary>
    public string? Redis { get; init; }

    /// <summary>Starts on a Redis that forgets when it restarts. A second cluster could then form under the same id; for trials only.</summary>
    public bool AllowVolatileRedis { get; init; }

    /// <summary>Where results are: a folder that all silos share, <c>az://container/prefix</c>, or a container's https address. Default: <c>pythia-store</c>.</summary>
    [Required]
    public string Store { get; init; } = "pythia-store";

    /// <summary>A JSON file with models and suites beyond the built-in catalog.</summary>
    public string? Catalog { get; init; }

    /// <summary>.NET assemblies with analyses, findings or families of your own: paths on this silo's disk (docs/extending.md). Default: none.</summary>
    public IReadOnlyList<string> Plugins { get; init; } = [];

    /// <summary>Where the silo is reached by other silos.</summary>
    public SiloEndpointOptions Silo { get; init; } = new();

    /// <summary>Where people, Prometheus and probes reach it.</summary>
    public HttpOptions Http { get; init; } = new();

    /// <summary>Who may use the API and the web page.</summary>
    public ApiOptions Api { get; init; } = new();

    /// <summary>How fast a dead silo is found.</summary>
    public MembershipOptions Membership { get; init; } = new();

    /// <summary>How it works.</summary>
    public WorkerOptions Worker { get; init; } = new();

    /// <summary>How tasks are leased and retried.</summary>
    public DispatcherOptions Dispatcher { get; init; } = new();

    /// <summary>Whether coordinators live here.</summary>
    internal bool IsControl => Role != SiloRole.Worker;
}

/// <summary>Where a silo is reached by other silos and by clients. No port of it belongs on a public address: whoever reaches one is trusted.</summary>
public sealed record SiloEndpointOptions
{
    /// <summary>The address that others are told, and the only one that is listened on. Default: 127.0.0.1.</summary>
    [Required]
    public string Address { get; init; } = "127.0.0.1";

    /// <summary>Silo to silo; 0 takes a free one. Default: 11111.</summary>
    [Range(0, 65535)]
    public int Port { get; init; } = 11111;

    /// <summary>Client to silo; 0 takes a free one. Default: 30000.</summary>
    [Range(0, 65535)]
    public int GatewayPort { get; init; } = 30000;
}

/// <summary>Where a silo serves its API, web page, metrics and health.</summary>
public sealed record HttpOptions
{
    /// <summary>Address and port; port 0 takes a free one. Default: 127.0.0.1:8080.</summary>
    [Required]
    public string Address { get; init; } = "127.0.0.1:8080";
}

/// <summary>How fast a dead silo is found. A silo is dead when its neighbours say so.</summary>
public sealed record MembershipOptions
{
    /// <summary>How long a neighbour may take to answer. Default: 3 s.</summary>
    [Range(typeof(TimeSpan), "00:00:00.1", "00:01:00")]
    public TimeSpan ProbeTimeout { get; init; } = TimeSpan.FromSeconds(3);

    /// <summary>Answers that may be missed in a row. Default: 3.</summary>
    [Range(1, 100)]
    public int MissedProbes { get; init; } = 3;

    /// <summary>Neighbours that must agree. Default: 2.</summary>
    [Range(1, 10)]
    public int Votes { get; init; } = 2;

    /// <summary>How often a silo says that it lives, reads the others' word, and looks whether the table still knows it. Default: 5 s.</summary>
    [Range(typeof(TimeSpan), "00:00:00.5", "00:05:00")]
    public TimeSpan Refresh { get; init; } = TimeSpan.FromSeconds(5);
}
