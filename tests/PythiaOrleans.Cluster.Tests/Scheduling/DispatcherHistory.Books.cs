using PythiaOrleans.Cluster.Contracts;
using PythiaOrleans.Core.Ids;
using PythiaOrleans.Core.Sweeps;

namespace PythiaOrleans.Cluster.Tests;

/// <content>The history's own books.</content>
internal sealed partial class DispatcherHistory
{
    private static void Check(bool holds, string otherwise)
    {
        if (!holds)
        {
            throw new InvalidOperationException(otherwise);
        }
    }

    private void Record(IReadOnlyList<TaskOutcome> ended)
    {
        var before = _committed;
        foreach (var task in ended)
        {
            var shard = _shards[task.Task]; // of the whole shard, whatever its parts were
            Check(shard.End is null, $"{task.Task} ended twice: {shard.End}, then {task.End}");
            Check(task.End == OutcomeKind.Cancelled || shard.Tasks.Values.All(part => part.Holder is null || shard.Stored.IsSupersetOf(part.Analyses)), $"{task.Task} ended as {task.End} while a part of it was to be computed");
            shard.Close(task.End);
            switch (task.End)
            {
                case OutcomeKind.Committed:
                    Check(shard.Stored.IsSupersetOf(Analyses), $"{task.Task} counts as committed although the store lacks results");
                    _committed++;
                    break;
                case OutcomeKind.Quarantined:
                    CheckFailure(shard, task.Failure!);
                    break;
            }
        }

        Check(_committed >= before, "progress went backwards");
    }

    private void CheckFailure(Shard shard, ShardFailure failure)
    {
        var hasKilled = shard.Tasks.Values.Any(task => task.Deaths == MaxDeaths);
        switch (failure.Kind)
        {
            case FailureKind.WorkerDied:
                Check(hasKilled, $"{shard.Id} was quarantined as a killer after {string.Join(", ", shard.Tasks.Values.Select(task => task.Deaths))} deaths while it ran");
                break;
            case FailureKind.Transient:
                Check(shard.Tasks.Values.Any(task => task.Attempts == _sweeps[shard.Id.Sweep].MaxAttempts), $"{shard.Id} was given up too early");
                break;
            case var kind:
                Check(shard.Nature is Nature.Corrupt or Nature.OneAnalysisCorrupt, $"{shard.Id} is {shard.Nature}, but was quarantined as {kind}");
                AnalysisId[] expected = shard.Nature == Nature.Corrupt ? shard.Asked : [Corrupt];
                Check(hasKilled ? !expected.Except(failure.Analyses).Any() : expected.ToHashSet().SetEquals(failure.Analyses), $"{shard.Id}: {string.Join(", ", failure.Analyses)} are named as missing");
                break;
        }
    }

    private Shard ShardOf(TaskId task) => _shards[task with { Part = 0 }];

    private IEnumerable<Task> Held() => _shards.Values.SelectMany(shard => shard.Tasks.Values).Where(task => task.Holder is not null);

    private sealed class Worker
    {
        public List<TaskLease> Held { get; } = [];

        public TaskLease? Running { get; set; }

        /// <summary>The last announcement that it knows to have been taken, and what it said.</summary>
        public long? Announced { get; set; }

        public HashSet<CachedCheckpoint> Disk { get; set; } = [];
    }

    private sealed class Shard(TaskId id, Nature nature, AnalysisId[] asked, HashSet<AnalysisId> stored)
    {
        public TaskId Id { get; } = id;

        public Nature Nature { get; } = nature;

        public AnalysisId[] Asked { get; } = asked;

        public HashSet<AnalysisId> Stored { get; } = stored;

        public OutcomeKind? End { get; private set; }

        /// <summary>The whole as 0, and the parts into which it was divided.</summary>
        public Dictionary<int, Task> Tasks { get; } = [];

        public Task Of(int part) => Tasks.TryGetValue(part, out var task) ? task : Tasks[part] = new Task();

        public void Close(OutcomeKind end)
        {
            End = end;
            foreach (var task in Tasks.Values)
            {
                task.Holder = null;
            }
        }
    }

    private sealed class Task
    {
        public IReadOnlyList<AnalysisId> Analyses { get; set; } = [];

        public bool IsOver { get; set; }

        public string? Holder { get; set; }

        public long Fence { get; set; }

        public bool IsRunning { get; set; }

        public TimeSpan RenewedAt { get; set; }

        public int Runs { get; set; }

        public int Attempts { get; set; }

        public int Deaths { get; set; }
    }
}
