using PythiaOrleans.Cluster.Contracts;

namespace PythiaOrleans.Cluster.Scheduling;

/// <summary>
/// What a sweep's machine wants done next. Its completion comes back with the number; one whose number is not awaited any more is
/// dropped.
/// </summary>
/// <param name="Number">Counts up.</param>
internal abstract record SweepStep(long Number)
{
    /// <summary>
    /// Mark the sweep as running, have its tasks handed out, learn the dispatcher's epoch and the histories of open shards.
    /// </summary>
    internal sealed record Connect(long Number) : SweepStep(Number);

    /// <summary>List what the store holds of a model.</summary>
    internal sealed record ListModel(long Number, string Model) : SweepStep(Number);

    /// <summary>Give tasks to the dispatcher.</summary>
    internal sealed record Enqueue(long Number, IReadOnlyList<PendingTask> Tasks) : SweepStep(Number);

    /// <summary>Ask what the dispatcher has of the sweep.</summary>
    internal sealed record Compare(long Number) : SweepStep(Number);

    /// <summary>Pass the user's order on to the dispatcher.</summary>
    internal sealed record OrderQueue(long Number, QueueOrder Order) : SweepStep(Number);

    /// <summary>Have what is committed folded into the series; <see cref="IsLast"/> once everything has ended.</summary>
    internal sealed record WriteSeries(long Number, bool IsLast) : SweepStep(Number);

    /// <summary>Ask whether the series are written.</summary>
    internal sealed record CheckSeries(long Number) : SweepStep(Number);

    /// <summary>Take the mark away that the sweep runs, and forget the histories of its shards.</summary>
    internal sealed record Close(long Number) : SweepStep(Number);
}
