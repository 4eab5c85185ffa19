using PythiaOrleans.Core.Ids;
using PythiaOrleans.Core.Sweeps;

namespace PythiaOrleans.Cluster.Contracts;

/// <summary>A task that is to be done.</summary>
/// <param name="Id">Sweep and checkpoint.</param>
/// <param name="Analyses">What is missing for the checkpoint.</param>
/// <param name="Cost">Larger ones are handed out first; a number of bytes serves.</param>
/// <param name="Attempts">How often it failed before, under another dispatcher.</param>
/// <param name="Deaths">How often its worker died before, under another dispatcher.</param>
[GenerateSerializer, Immutable, Alias("pythia.task-request")]
public sealed record PendingTask(
    [property: Id(0)] TaskId Id, [property: Id(1)] IReadOnlyList<AnalysisId> Analyses, [property: Id(2)] long Cost,
    [property: Id(3)] int Attempts = 0, [property: Id(4)] int Deaths = 0);

/// <summary>A task in a worker's hands, until it reports or stops renewing.</summary>
/// <param name="Fence">Grows with every lease: a report with an older one is late.</param>
/// <param name="Task">Sweep and checkpoint.</param>
/// <param name="Sweep">The spec that the task belongs to.</param>
/// <param name="Analyses">What is to be computed.</param>
/// <param name="Attempt">From 1.</param>
/// <param name="IsSuspect">A worker died that held the task: it is started only after the dispatcher knows, so that a second death
/// finds its culprit.</param>
[GenerateSerializer, Immutable, Alias("pythia.task-lease")]
public sealed record TaskLease(
    [property: Id(0)] long Fence,
    [property: Id(1)] TaskId Task,
    [property: Id(2)] SweepSpec Sweep,
    [property: Id(3)] IReadOnlyList<AnalysisId> Analyses,
    [property: Id(4)] int Attempt,
    [property: Id(5)] bool IsSuspect = false);

/// <summary>What became of a lease.</summary>
/// <param name="Fence">The lease.</param>
/// <param name="Task">Its task.</param>
/// <param name="Failure">Why it failed; null where everything was committed.</param>
/// <param name="Message">The error, for people.</param>
/// <param name="Missing">The analyses that failed.</param>
/// <param name="BytesRead">Weight bytes that were read.</param>
/// <param name="Terms">What the sweep wanted of the shard when the task was leased; null from a worker of an earlier version.</param>
/// <param name="Analyses">What the task was to compute; null from a worker of an earlier version.</param>
[GenerateSerializer, Immutable, Alias("pythia.task-report")]
public sealed record TaskReport(
    [property: Id(0)] long Fence,
    [property: Id(1)] TaskId Task,
    [property: Id(2)] FailureKind? Failure,
    [property: Id(3)] string? Message,
    [property: Id(4)] IReadOnlyList<AnalysisId> Missing,
    [property: Id(5)] long BytesRead,
    [property: Id(6)] ShardTerms? Terms = null,
    [property: Id(7)] IReadOnlyList<AnalysisId>? Analyses = null);

/// <summary>A task that has ended for good.</summary>
/// <param name="Task">Sweep and checkpoint.</param>
/// <param name="End">How.</param>
/// <param name="Failure">Why, where it was quarantined.</param>
/// <param name="BytesRead">Weight bytes that were read.</param>
/// <param name="Missing">What the store lacks, where it is incomplete.</param>
/// <param name="Wanted">How many analyses the sweep wanted of the shard: an outcome from before the sweep grew is no outcome of the
/// larger one. 0 from an earlier version.</param>
[GenerateSerializer, Immutable, Alias("pythia.task-ended")]
public sealed record TaskOutcome(
    [property: Id(0)] TaskId Task,
    [property: Id(1)] OutcomeKind End,
    [property: Id(2)] ShardFailure? Failure,
    [property: Id(3)] long BytesRead,
    [property: Id(4)] IReadOnlyList<AnalysisId>? Missing = null,
    [property: Id(5)] int Wanted = 0);

/// <summary>How a task ends.</summary>
[GenerateSerializer, Alias("pythia.task-end")]
public enum OutcomeKind
{
    /// <summary>Every result exists.</summary>
    Committed,

    /// <summary>It failed for good; its error is stored.</summary>
    Quarantined,

    /// <summary>Its sweep was cancelled.</summary>
    Cancelled,

    /// <summary>Said to be committed, but the store lacks results: its sweep grew meanwhile, or the store lost them.</summary>
    Incomplete,
}
