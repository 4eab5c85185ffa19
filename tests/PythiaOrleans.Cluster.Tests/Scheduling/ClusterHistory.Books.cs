using PythiaOrleans.Cluster.Contracts;
using PythiaOrleans.Cluster.Scheduling;
using PythiaOrleans.Core.Ids;
using PythiaOrleans.Core.Sweeps;

namespace PythiaOrleans.Cluster.Tests;

/// <content>The store, and the history's own books.</content>
internal sealed partial class ClusterHistory
{
    private readonly HashSet<ResultKey> _stored = [];
    private readonly Dictionary<TaskId, ShardHistory> _histories = [];
    private readonly Dictionary<TaskId, ShardFailure> _failures = [];
    private readonly Dictionary<TaskId, int> _attempts = [];
    private readonly HashSet<(TaskId Shard, long Fence)> _deaths = [];
    private readonly Dictionary<CheckpointId, int> _runs = [];

    private static void Check(bool holds, string message)
    {
        if (!holds)
        {
            throw new InvalidOperationException(message);
        }
    }

    private bool IsStored(CheckpointId checkpoint, AnalysisId analysis) => _stored.Contains(new ResultKey(checkpoint, analysis));

    private int StoredOf(SweepSpec spec) => spec.Checkpoints()
        .Count(checkpoint => spec.Analyses.All(analysis => IsStored(checkpoint, analysis)));

    private void CheckOutcome(TaskOutcome outcome)
    {
        var spec = _sweeps[outcome.Task.Sweep].Machine.Spec!;
        if (outcome.End == OutcomeKind.Committed)
        {
            Check(
                spec.Analyses.Take(outcome.Wanted).All(analysis => IsStored(outcome.Task.Checkpoint, analysis)),
                $"{outcome.Task} counts as committed although the store lacks results");
            return;
        }

        var failure = outcome.Failure!;
        var nature = _natures[outcome.Task.Checkpoint];
        switch (failure.Kind)
        {
            case FailureKind.WorkerDied:
                var deaths = _deaths.Count(death => death.Shard == outcome.Task);
                Check(deaths >= MaxDeaths, $"{outcome.Task} was quarantined as a killer after {deaths} deaths");
                break;
            case FailureKind.Transient:
                Check(_attempts.GetValueOrDefault(outcome.Task) >= _sweeps[outcome.Task.Sweep].Wanted.MaxAttempts,
                    $"{outcome.Task} was given up too early");
                break;
            default:
                Check(nature is Nature.Corrupt or Nature.OneAnalysisCorrupt,
                    $"{outcome.Task} is {nature}, but was quarantined as {failure.Kind}");
                break;
        }

        Check(failure.Analyses.All(analysis => !IsStored(outcome.Task.Checkpoint, analysis)),
            $"{outcome.Task}: a result that exists is named as missing");
    }

    private void CheckEnd()
    {
        foreach (var sweep in _sweeps.Values)
        {
            var (machine, spec) = (sweep.Machine, sweep.Machine.Spec!);
            if (machine.State == SweepState.Cancelled)
            {
                continue;
            }

            var failed = machine.Counts!.Failures.Select(failure => failure.Checkpoint).ToHashSet();
            foreach (var checkpoint in spec.Checkpoints())
            {
                Check(
                    failed.Contains(checkpoint) || spec.Analyses.All(analysis => IsStored(checkpoint, analysis)),
                    $"{spec.Name} has ended, but {checkpoint} lacks results and no failure says why");
                Check(
                    !failed.Contains(checkpoint) || _natures[checkpoint] != Nature.Good
                        || !spec.Analyses.All(analysis => IsStored(checkpoint, analysis)),
                    $"{spec.Name}: {checkpoint} is complete and counts as failed");
            }
        }

        Check(_sweeps.Values.All(sweep => sweep.Machine.State != SweepState.Cancelled || _dispatcher.OpenOf(sweep.Wanted.Name) == 0),
            "the dispatcher keeps tasks of a cancelled sweep");
    }

    private sealed class Worker
    {
        public List<TaskLease> Held { get; } = [];

        public TaskLease? Running { get; set; }

        /// <summary>What the running task computes: what the store lacked when it began.</summary>
        public AnalysisId[] Computing { get; set; } = [];

        /// <summary>What it cannot compute.</summary>
        public AnalysisId? Lacks { get; init; }

        public long LastFence { get; set; }

        /// <summary>The last announcement that it knows to have been taken.</summary>
        public long? Announced { get; set; }
    }

    private sealed class Coordinator(SweepMachine machine, SweepSpec wanted)
    {
        public SweepMachine Machine { get; set; } = machine;

        /// <summary>What its user wants.</summary>
        public SweepSpec Wanted { get; set; } = wanted;

        public SweepSpec? StoredSpec { get; set; }

        public SweepOrderKind? StoredOrder { get; set; }

        public bool HasReminder { get; set; }

        /// <summary>Whether a request is being stored; users wait for it.</summary>
        public bool IsRequested { get; set; }

        /// <summary>What the user was answered last and the dispatcher was told: nothing may be leased then.</summary>
        public bool IsHeld { get; set; }

        /// <summary>The largest number of shards that was told to be done, of this many analyses.</summary>
        public (int Analyses, int Done) Told { get; set; }

        /// <summary>Whether the machine's own counts were told last: from then on they must not fall.</summary>
        public bool ToldByOwn { get; set; }
    }
}
