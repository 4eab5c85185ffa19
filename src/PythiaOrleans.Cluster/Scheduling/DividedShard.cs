using PythiaOrleans.Cluster.Contracts;
using PythiaOrleans.Core.Sweeps;

namespace PythiaOrleans.Cluster.Scheduling;

/// <summary>A shard whose analyses are computed in several parts. It ends when the last of them does, so that nobody but the dispatcher need know of parts.</summary>
/// <remarks>If each part ended for itself, the first would find the store without the others' results and have them computed a second time.</remarks>
/// <param name="id">The shard.</param>
/// <param name="dividedAt">The last lease before it was divided: an older one may be of a part with this number and other analyses.</param>
internal sealed class DividedShard(TaskId id, long dividedAt)
{
    private readonly List<ShardFailure> _failures = [];
    private long _bytesRead;

    public TaskId Id { get; } = id;

    public long DividedAt { get; } = dividedAt;

    /// <summary>Parts that have not ended.</summary>
    public List<TaskEntry> Open { get; } = [];

    /// <summary>Takes the end of a part.</summary>
    /// <returns>The end of the shard, if that was its last part: quarantined with the errors of the parts that failed, whose siblings' results stay.</returns>
    public TaskOutcome? Take(TaskEntry part, OutcomeKind end, ShardFailure? failure, long bytesRead)
    {
        Open.Remove(part);
        _bytesRead += bytesRead;
        if (failure is not null)
        {
            _failures.Add(failure);
        }

        if (Open.Count > 0)
        {
            return null;
        }

        return end == OutcomeKind.Cancelled || _failures.Count == 0
            ? new TaskOutcome(Id, end, null, _bytesRead)
            : new TaskOutcome(Id, OutcomeKind.Quarantined, Failure(), _bytesRead);
    }

    /// <summary>All results exist, as a worker says that had leased the whole before it was divided.</summary>
    public void ForgetFailures() => _failures.Clear();

    private ShardFailure Failure() => _failures[0] with
    {
        Analyses = [.. _failures.SelectMany(failure => failure.Analyses)],
        Message = string.Join("\n", _failures.Select(failure => failure.Message).Distinct()),
        Attempts = _failures.Max(failure => failure.Attempts),
    };
}
