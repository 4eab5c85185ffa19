using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;
using PythiaOrleans.Cluster.Scheduling;
using PythiaOrleans.Cluster.Workers;

namespace PythiaOrleans.Server.Configuration;

/// <summary>
/// Everything that differs between a laptop and a cluster. Read from a JSON file, then <c>PYTHIA__…</c> in the environment, then the
/// command line, each over
/// the one before: <c>Worker:Slots</c> is <c>PYTHIA__WORKER__SLOTS</c> and <c>--Worker:Slots</c>.
/// </summary>
public sealed record PythiaOptions
{
    /// <summary>What the silo is for. Default: everything.</summary>
    [EnumDataType(typeof(SiloRole), ErrorMessage = "{0}: expected All, Control or Worker.")]
    public SiloRole Role { get; init; } = SiloRole.All;

    /// <summary>Silos and clients of one cluster share it. Default: <c>pythia</c>.</summary>
    [Required]
    public string ClusterId { get; init; } = "pythia";

    /// <summary>Names the marks of running sweeps; it stays when a cluster is replaced. Default: <c>pythia</c>.</summary>
    [Required]
    public string ServiceId { get; init; } = "pythia";

    /// <summary>
    /// Membership and reminders, as StackExchange.Redis writes it: <c>host:port,password=…</c>, or as a URL.
    /// None makes a cluster of this process alone.
    /// </summary>
    public string? Redis { get; init; }

    /// <summary>
    /// Starts on a Redis that forgets when it restarts. A second cluster could then form under the same id; for trials only.
    /// </summary>
    public bool AllowVolatileRedis { get; init; }

    /// <summary>
    /// Where results are: a folder that all silos share, <c>az://container/prefix</c>, or a container's https address. Default:
    /// <c>pythia-store</c>.
    /// </summary>
    [Required]
    public string Store { get; init; } = "pythia-store";

    /// <summary>
    /// Whether a result is on the disk before its name appears in a store that is a folder. Without it a power failure (not a killed
    /// process) can leave an
    /// empty file under a published name, which <c>pythia verify --repair</c> finds. Costs one flush a file (docs/reliability.md has
    /// numbers). Default: true.
    /// </summary>
    public bool DurableStore { get; init; } = true;

    /// <summary>A JSON file with models and suites beyond the built-in catalog.</summary>
    public string? Catalog { get; init; }

    /// <summary>
    /// .NET assemblies with analyses, findings or families of your own: paths on this silo's disk (docs/extending.md). Default: none.
    /// </summary>
    public IReadOnlyList<string> Plugins { get; init; } = [];

    /// <summary>Where the silo is reached by other silos.</summary>
    [ValidateObjectMembers]
    public SiloEndpointOptions Silo { get; init; } = new();

    /// <summary>Where people, Prometheus and probes reach it.</summary>
    [ValidateObjectMembers]
    public HttpOptions Http { get; init; } = new();

    /// <summary>Who may use the API and the web page.</summary>
    [ValidateObjectMembers]
    public ApiOptions Api { get; init; } = new();

    /// <summary>How fast a dead silo is found.</summary>
    [ValidateObjectMembers]
    public MembershipOptions Membership { get; init; } = new();

    /// <summary>How it works.</summary>
    [ValidateObjectMembers]
    public WorkerOptions Worker { get; init; } = new();

    /// <summary>How tasks are leased and retried.</summary>
    [ValidateObjectMembers]
    public DispatcherOptions Dispatcher { get; init; } = new();

    /// <summary>Whether coordinators live here.</summary>
    internal bool IsControl => Role != SiloRole.Worker;
}
