using System.ComponentModel.DataAnnotations;

namespace PythiaOrleans.Cluster;

/// <summary>How one silo works. Read from the section <c>Worker</c>.</summary>
public sealed record WorkerOptions
{
    /// <summary>Tasks that are computed at the same time, one thread each. 0 makes a silo that only coordinates. Default: the number of cores.</summary>
    [Range(0, 1024)]
    public int Slots { get; init; } = Environment.ProcessorCount;

    /// <summary>Tasks a slot that are fetched while it computes. Default: 2.</summary>
    [Range(0, 64)]
    public int Prefetch { get; init; } = 2;

    /// <summary>How often leases are renewed; well below the dispatcher's lease duration. Default: 5 s.</summary>
    [Range(typeof(TimeSpan), "00:00:00.1", "00:10:00")]
    public TimeSpan HeartbeatPeriod { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>How long a stopping silo lets its running tasks finish. Default: 10 s.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "01:00:00")]
    public TimeSpan Grace { get; init; } = TimeSpan.FromSeconds(10);
}
