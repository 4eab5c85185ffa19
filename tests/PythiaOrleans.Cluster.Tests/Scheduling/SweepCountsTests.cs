using PythiaOrleans.Cluster.Contracts;
using PythiaOrleans.Cluster.Scheduling;
using PythiaOrleans.Core.Ids;
using PythiaOrleans.Core.Sweeps;

namespace PythiaOrleans.Cluster.Tests;

/// <summary>The books of a sweep: the state of each shard, and the numbers that people see of them.</summary>
public sealed class SweepCountsTests
{
    private const string Small = "pythia-14m";
    private const string Large = "pythia-70m";
    private static readonly SweepSpec Sweep = World.Spec("counted", 4, Small, Large);

    private readonly SweepCounts _counts = new(Sweep);

    [Fact]
    public void Shards_InEveryState_AreSeenInEveryView()
    {
        _counts.MarkAlreadyDone(new CheckpointId(Small, 0));
        _counts.Record(Committed(Small, 1));
        _counts.Record(Quarantined(Small, 2));
        _counts.Record(Committed(Large, 3));
        Assert.Equal((8, 3, 1, 1, 0, 4),
            (_counts.Total, _counts.Done, _counts.AlreadyDone, _counts.Quarantined, _counts.Cancelled, _counts.Open));
        Assert.Equal([new ModelMap(Small, "ddqo"), new ModelMap(Large, "oood")], _counts.Map());

        _counts.CancelOpen();

        Assert.Equal((3, 1, 4, 0), (_counts.Done, _counts.Quarantined, _counts.Cancelled, _counts.Open));
        Assert.Equal([new ModelMap(Small, "ddqc"), new ModelMap(Large, "cccd")], _counts.Map());
        Assert.Equal([new ModelProgress(Small, 4, 2, 1), new ModelProgress(Large, 4, 1, 0)], _counts.Models());
        Assert.Equal([(Small, 2, 1, 1, 0), (Large, 1, 0, 3, 0)], _counts.ByModel());
        Assert.Equal(1, _counts.DoneOf(Small, [1, 2, 3]));
    }

    [Fact]
    public void Models_OfASweepThatIsOpen_HaveOpenShards()
    {
        _counts.Record(Committed(Small, 1));

        Assert.Equal([(Small, 1, 0, 0, 3), (Large, 0, 0, 0, 4)], _counts.ByModel());
    }

    [Fact]
    public void Outcome_ThatComesTwice_CountsOnce()
    {
        _counts.Record(Committed(Small, 1, bytes: 7));
        _counts.Record(Committed(Small, 1, bytes: 7));
        _counts.MarkAlreadyDone(new CheckpointId(Small, 1));

        Assert.Equal((1, 0, 7), (_counts.Done, _counts.AlreadyDone, _counts.BytesRead));
    }

    [Fact]
    public void Shard_ThatIsDone_IsNeitherQuarantinedNorCancelled()
    {
        _counts.Record(Committed(Small, 1));
        _counts.Record(Quarantined(Small, 1));
        _counts.Record(Cancelled(Small, 1));
        _counts.Record(Quarantined(Small, 2));
        _counts.Record(Cancelled(Small, 2));

        Assert.Equal((1, 1, 0), (_counts.Done, _counts.Quarantined, _counts.Cancelled));
    }

    /// <summary>Another worker may commit what was given up, or dropped, before.</summary>
    [Fact]
    public void Shard_ThatIsDoneAfterAll_IsNotCountedAsFailedAnyMore()
    {
        _counts.Record(Quarantined(Small, 1));
        _counts.Record(Cancelled(Small, 2));
        Assert.Equal(6, _counts.Open);

        _counts.Record(Committed(Small, 1));
        _counts.Record(Committed(Small, 2));

        Assert.Equal((2, 0, 0, 6), (_counts.Done, _counts.Quarantined, _counts.Cancelled, _counts.Open));
    }

    [Fact]
    public void Shard_WhoseResultIsDamaged_IsOpenAgain()
    {
        _counts.MarkAlreadyDone(new CheckpointId(Small, 0));
        _counts.MarkAlreadyDone(new CheckpointId(Small, 1));

        Assert.True(_counts.Lose(new CheckpointId(Small, 1)));
        Assert.False(_counts.Lose(new CheckpointId(Small, 1)));

        Assert.Equal((1, 1, 7), (_counts.Done, _counts.AlreadyDone, _counts.Open));
    }

    [Fact]
    public void LargerSweep_KeepsWhatWasDoneInTheSmaller()
    {
        _counts.MarkAlreadyDone(new CheckpointId(Small, 0));
        _counts.Record(Committed(Small, 1, bytes: 7));
        _counts.Record(Quarantined(Small, 2));

        var larger = new SweepCounts(Sweep with { Models = [Small, Large, "pythia-160m"], Steps = [0, 1, 2, 3, 4] }, _counts);

        Assert.Equal((15, 2, 1, 7, 13), (larger.Total, larger.Done, larger.AlreadyDone, larger.BytesRead, larger.Open));
        Assert.True(larger.HasEnded(new CheckpointId(Small, 1)));
    }

    [Fact]
    public void StoredFailures_OfShardsThatTheSweepHasNot_AreLeftOut()
    {
        _counts.Record("counted", [Failure(Large, 3), Failure(Small, 1), Failure(Small, 9), Failure("pythia-1b", 1)]);

        Assert.Equal([new CheckpointId(Small, 1), new CheckpointId(Large, 3)], _counts.Failures.Select(failure => failure.Checkpoint));
    }

    [Fact]
    public void Reopen_ForgetsFailuresAndCancellations()
    {
        _counts.Record(Quarantined(Large, 1));
        _counts.Record(Cancelled(Small, 2));
        _counts.Record(Committed(Small, 3));

        Assert.Equal([new CheckpointId(Small, 2), new CheckpointId(Large, 1)], _counts.Reopen());

        Assert.Equal((1, 0, 0), (_counts.Done, _counts.Quarantined, _counts.Cancelled));
        Assert.Empty(_counts.Reopen());
    }

    private static TaskOutcome Committed(string model, int step, long bytes = 0) => Outcome(model, step, OutcomeKind.Committed, bytes);

    private static TaskOutcome Cancelled(string model, int step) => Outcome(model, step, OutcomeKind.Cancelled);

    private static TaskOutcome Quarantined(string model, int step) =>
        Outcome(model, step, OutcomeKind.Quarantined) with { Failure = Failure(model, step) };

    private static TaskOutcome Outcome(string model, int step, OutcomeKind end, long bytes = 0) =>
        new(new TaskId("counted", new CheckpointId(model, step)), end, null, bytes);

    private static ShardFailure Failure(string model, int step) =>
        new(new CheckpointId(model, step), Sweep.Analyses, FailureKind.Permanent, "corrupt", 1, default);
}
