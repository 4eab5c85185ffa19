using System.Diagnostics;
using PythiaOrleans.Cluster.Contracts;
using PythiaOrleans.Core.Telemetry;

namespace PythiaOrleans.Cluster.Telemetry;

/// <summary>The span of one task on its worker, from lease to the last commit; fetch, load, compute and commit are its children.</summary>
internal static class TaskTrace
{
    public static Activity? Begin(TaskLease lease)
    {
        Activity.Current = null; // a task is no part of another span: the call that leased it ends at once
        var span = PythiaInstruments.Source.StartActivity("task");
        span?.SetTag("pythia.sweep", lease.Task.Sweep).SetTag("pythia.model", lease.Task.Checkpoint.Model)
            .SetTag("pythia.step", lease.Task.Checkpoint.Step)
            .SetTag("pythia.part", lease.Task.Part).SetTag("pythia.attempt", lease.Attempt);
        return span;
    }

    public static void End(Activity? span, TaskReport? report)
    {
        span?.SetStatus(report is { Failure: null } ? ActivityStatusCode.Ok : ActivityStatusCode.Error,
            report?.Message ?? (report is null ? "handed back or lost" : null));
        span?.Dispose();
    }
}
