using PythiaOrleans.Cluster.Contracts;

namespace PythiaOrleans.Cluster.Workers;

/// <summary>How long tasks may be silent.</summary>
internal static class StallLimits
{
    // The cost model knows one core without other load; analyses of values off the half-precision grid take several times as long.
    private const double Patience = 20;

    private static readonly TimeSpan Least = TimeSpan.FromMinutes(15);
    private static readonly TimeSpan MaxGrace = TimeSpan.FromSeconds(30);

    /// <summary>From one sign of progress to the next.</summary>
    public static TimeSpan Of(WorkerOptions options, IShardCosts costs, TaskLease lease)
    {
        if (options.StallLimit is { } limit)
        {
            return limit;
        }

        var seconds = costs.Find(lease.Sweep, lease.Task.Checkpoint.Model) is { } cost
            ? lease.Analyses.Max(cost.SecondsOf)
            : 0;
        return TimeSpan.FromSeconds(Math.Max(Least.TotalSeconds, Patience * seconds));
    }

    /// <summary>From the request to stop until the slot goes on without the task.</summary>
    public static TimeSpan GraceOf(WorkerOptions options) =>
        options.StallLimit is { } limit && limit < MaxGrace ? limit : MaxGrace;
}
