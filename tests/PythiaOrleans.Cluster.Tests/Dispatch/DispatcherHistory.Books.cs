using PythiaOrleans.Results;

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

    private void Record(IReadOnlyList<TaskEnded> ended)
    {
        var before = _committed;
        foreach (var task in ended)
        {
            var shard = _shards[task.Task];
            Check(shard.End is null, $"{task.Task} ended twice: {shard.End}, then {task.End}");
            shard.End = task.End;
            shard.Holder = null;
            switch (task.End)
            {
                case TaskEnd.Committed:
                    Check(shard.IsStored, $"{task.Task} counts as committed although nothing is stored");
                    _committed++;
                    break;
                case TaskEnd.Quarantined when task.Failure!.Kind == FailureKind.WorkerDied:
                    Check(shard.Deaths == MaxDeaths, $"{task.Task} was quarantined as a killer after {shard.Deaths} deaths while it ran");
                    break;
                case TaskEnd.Quarantined when task.Failure!.Kind == FailureKind.Transient:
                    Check(shard.Attempts == _sweeps[task.Task.Sweep].MaxAttempts, $"{task.Task} was given up after {shard.Attempts} attempts");
                    break;
                case TaskEnd.Quarantined:
                    Check(shard.Nature is Nature.Corrupt or Nature.OneAnalysisCorrupt, $"{task.Task} is {shard.Nature}, but was quarantined as {task.Failure!.Kind}");
                    Check(task.Failure!.Analyses.Count == (shard.Nature == Nature.Corrupt ? 2 : 1), $"{task.Task}: {task.Failure.Analyses.Count} analyses are named as missing");
                    break;
            }
        }

        Check(_committed >= before, "progress went backwards");
    }

    private sealed class Worker
    {
        public List<TaskLease> Held { get; } = [];

        public TaskLease? Running { get; set; }

        /// <summary>The last announcement that it knows to have been taken, and what it said.</summary>
        public long? Announced { get; set; }

        public HashSet<Holding> Disk { get; set; } = [];
    }

    private sealed class Shard(TaskId id, Nature nature)
    {
        public TaskId Id { get; } = id;

        public Nature Nature { get; } = nature;

        public bool IsStored { get; set; }

        public TaskEnd? End { get; set; }

        public string? Holder { get; set; }

        public long Fence { get; set; }

        public bool IsRunning { get; set; }

        public TimeSpan RenewedAt { get; set; }

        public int Runs { get; set; }

        public int Attempts { get; set; }

        public int Deaths { get; set; }
    }
}
