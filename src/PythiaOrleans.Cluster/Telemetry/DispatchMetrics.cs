using System.Diagnostics.Metrics;
using PythiaOrleans.Cluster.Contracts;
using PythiaOrleans.Core.Sweeps;
using PythiaOrleans.Core.Telemetry;

namespace PythiaOrleans.Cluster.Telemetry;

/// <summary>Counts what the dispatcher decides.</summary>
internal static class DispatchMetrics
{
    private static readonly Counter<long> Leases = Counter("pythia.leases", "Tasks handed to workers.");
    private static readonly Counter<long> Ended = Counter("pythia.tasks.ended", "Tasks that ended for good, by how.");
    private static readonly Counter<long> Failures = Counter("pythia.task.failures", "Attempts that failed, by whose fault it was.");
    private static readonly Counter<long> Retries = Counter("pythia.task.retries", "Failed attempts that are tried again.");
    private static readonly Counter<long> Quarantines = Counter("pythia.quarantines", "Shards given up, by reason.");
    private static readonly Counter<long> Deaths = Counter("pythia.workers.died", "Workers that died with tasks in their hands.");

    public static void OnLeased(IReadOnlyList<TaskLease> leases)
    {
        foreach (var lease in leases)
        {
            Leases.Add(1, Model(lease.Task));
        }
    }

    /// <param name="report">What the worker said.</param>
    /// <param name="isCurrent">Whether it held the lease; a late failure is not tried again.</param>
    public static void OnFailed(TaskReport report, bool isCurrent)
    {
        if (report.Failure is { } kind)
        {
            Failures.Add(1, Reason(kind), Model(report.Task));
            Retries.Add(isCurrent && kind is FailureKind.Transient or FailureKind.Infrastructure ? 1 : 0, Reason(kind));
        }
    }

    public static void OnEnded(TaskOutcome task)
    {
        Ended.Add(1, new("end", task.End.ToString().ToLowerInvariant()), Model(task.Task));
        if (task.Failure is { } failure)
        {
            Quarantines.Add(1, Reason(failure.Kind), Model(task.Task));
        }
    }

    public static void OnWorkerDied() => Deaths.Add(1);

    private static Counter<long> Counter(string name, string description) =>
        PythiaInstruments.Meter.CreateCounter<long>(name, description: description);

    private static KeyValuePair<string, object?> Model(TaskId task) => new("model", task.Checkpoint.Model);

    private static KeyValuePair<string, object?> Reason(FailureKind kind) => new("reason", kind.ToString());
}
