using System.ComponentModel.DataAnnotations;

namespace PythiaOrleans.Cluster.Scheduling;

/// <summary>How tasks are leased and retried. Read from the section <c>Dispatcher</c>.</summary>
public sealed record DispatcherOptions
{
    /// <summary>A worker that was silent for this long has lost its leases. Default: 30 s.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "01:00:00")]
    public TimeSpan LeaseDuration { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>A task under which the worker died this often is quarantined as a killer. Default: 3.</summary>
    [Range(1, 100)]
    public int MaxDeaths { get; init; } = 3;

    /// <summary>The wait before the first retry; doubled with each further one. Default: 1 s.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "01:00:00")]
    public TimeSpan FirstBackoff { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>The longest wait before a retry. Default: 1 min.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "1.00:00:00")]
    public TimeSpan LongestBackoff { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>
    /// A task whose store or source stays unavailable is tried again for so long, and at least five times; then it is quarantined with
    /// the last error. Default: 1 h.
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:01", "365.00:00:00")]
    public TimeSpan InfrastructureLimit { get; init; } = TimeSpan.FromHours(1);

    /// <summary>
    /// Into how many parts a shard's analyses are divided at most: while slots are idle, or where it alone takes a large part of what is
    /// left. 1 divides nothing. Default: 8.
    /// </summary>
    [Range(1, 64)]
    public int MostParts { get; init; } = 8;

    /// <summary>A shard is divided only where each part computes for at least so long, by the estimates. Default: 30 s.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "1.00:00:00")]
    public TimeSpan SmallestPart { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>
    /// A shard is divided only where each part computes for at least so many times what fetching and loading the checkpoint again
    /// takes. Default: 4.
    /// </summary>
    [Range(0.0, 1000.0)]
    public double ReloadFactor { get; init; } = 4;

    /// <summary>Seed of the jitter. Default: 0.</summary>
    public int Seed { get; init; }
}
