using PythiaOrleans.Cluster.Contracts;
using PythiaOrleans.Cluster.Scheduling;
using PythiaOrleans.Core.Ids;
using PythiaOrleans.Core.Sweeps;

namespace PythiaOrleans.Cluster.Tests;

/// <summary>What the owner of a checkpoint makes of reports.</summary>
public sealed class CheckpointMachineTests
{
    private static readonly SweepSpec Sweep = World.Spec("owned", 2);
    private static readonly DateTimeOffset Now = new(2026, 1, 1, 12, 0, 0, TimeSpan.Zero);
    private static readonly TaskId Shard = new("owned", new CheckpointId("pythia-14m", 1));

    private readonly DispatcherOptions _options = new()
    {
        FirstBackoff = TimeSpan.FromSeconds(1),
        LongestBackoff = TimeSpan.FromSeconds(10)
    };
    private CheckpointMachine _owner;
    private long _fence;

    public CheckpointMachineTests() => _owner = New();

    [Fact]
    public void Success_OfAllResults_EndsTheShardAndLeavesNothingBehind()
    {
        var decision = _owner.Report(Report(null), [], Now);

        Assert.Equal(OutcomeKind.Committed, decision.Answer.Outcome!.End);
        Assert.True(decision.Answer.Verdict.HasEnded);
        Assert.Null(decision.History);
        Assert.True(_owner.IsSettled);
    }

    [Fact]
    public void Results_ThatTheStoreKeepsLosing_AreGivenUp()
    {
        for (var loss = 1; loss <= 3; loss++)
        {
            var open = _owner.Report(Report(null), Sweep.Analyses, Now);
            Assert.Null(open.Answer.Outcome);
            Assert.Equal(Sweep.Analyses, open.Answer.Verdict.Missing);
        }

        var failure = _owner.Report(Report(null), Sweep.Analyses, Now).Answer.Outcome!.Failure!;
        Assert.Equal((FailureKind.Infrastructure, 4), (failure.Kind, failure.Attempts));
        Assert.Contains(" as committed 4 times, ", failure.Message, StringComparison.Ordinal);
        Assert.Contains("Check the store", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Attempts_SurviveTheOwner()
    {
        var first = _owner.Report(Report(FailureKind.Transient), Sweep.Analyses, Now);
        Assert.Equal(1, first.Answer.Verdict.Retry!.Attempts);

        _owner = New();
        Assert.True(_owner.NeedsHistory(Shard, isSuccess: false));
        _owner.Restore("owned", first.History);
        var second = _owner.Report(Report(FailureKind.Transient), Sweep.Analyses, Now);
        _owner = New();
        _owner.Restore("owned", second.History);
        var third = _owner.Report(Report(FailureKind.Transient), Sweep.Analyses, Now);

        Assert.Equal(2, second.Answer.Verdict.Retry!.Attempts);
        Assert.Equal((OutcomeKind.Quarantined, 3), (third.Answer.Outcome!.End, third.Answer.Outcome.Failure!.Attempts));
    }

    [Fact]
    public void Report_ThatComesTwice_CountsOnceEvenAfterTheOwnerDied()
    {
        var report = Report(FailureKind.Transient);
        var first = _owner.Report(report, Sweep.Analyses, Now);
        _owner = New();
        _owner.Restore("owned", first.History);

        var again = _owner.Report(report, Sweep.Analyses, Now);

        Assert.Equal(1, again.Answer.Verdict.Retry!.Attempts);
    }

    [Fact]
    public void Infrastructure_IsNotCountedAgainstTheShardAndWaitsLonger()
    {
        TimeSpan[] waits = [.. Enumerable.Range(0, 8)
            .Select(_ => _owner.Report(Report(FailureKind.Infrastructure), Sweep.Analyses, Now).Answer.Verdict.Retry!.After)];

        Assert.All(waits.Select((wait, i) => (Wait: wait, Full: Math.Min(Math.Pow(2, i), 10))), pair =>
            Assert.InRange(pair.Wait.TotalSeconds, pair.Full / 2, pair.Full));
        Assert.Equal(0, _owner.Report(Report(FailureKind.Infrastructure), Sweep.Analyses, Now).Answer.Verdict.Retry!.Attempts);
    }

    [Fact]
    public void Outage_BeyondTheLimit_QuarantinesTheShardWithTheLastError_WhoeverOwnsIt()
    {
        CheckpointDecision decision = null!;
        for (var minutes = 0; minutes <= 60; minutes += 15)
        {
            Assert.Null(decision?.Answer.Outcome);
            _owner = New(); // each try meets another silo
            _owner.Restore("owned", decision?.History);
            decision = _owner.Report(Report(FailureKind.Infrastructure), Sweep.Analyses, Now.AddMinutes(minutes));
        }

        var failure = decision.Answer.Outcome!.Failure!;
        Assert.Equal((FailureKind.Infrastructure, 5), (failure.Kind, failure.Attempts));
        Assert.Contains("in 5 tries since 2026-01-01 12:00:00Z", failure.Message, StringComparison.Ordinal);
        Assert.Contains("Dispatcher:InfrastructureLimit is 01:00:00", failure.Message, StringComparison.Ordinal);
        Assert.Contains("the last time: somewhere", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Absences_FarApart_AreNoOutage()
    {
        for (var days = 0; days < 4; days++)
        {
            Assert.NotNull(_owner.Report(Report(FailureKind.Infrastructure), Sweep.Analyses, Now.AddDays(days)).Answer.Verdict.Retry);
        }
    }

    [Fact]
    public void Outage_IsToldWithTheTimeOfItsFirstFailure()
    {
        _owner.Report(Report(FailureKind.Infrastructure), Sweep.Analyses, Now);
        var delay = _owner.Report(Report(FailureKind.Infrastructure), Sweep.Analyses, Now.AddMinutes(2)).Answer.Delay!;

        Assert.Equal((Shard, Now, 2, "somewhere"), (delay.Task, delay.Since, delay.Delays, delay.Message));
        Assert.Null(_owner.Report(Report(FailureKind.Transient), Sweep.Analyses, Now.AddMinutes(3)).Answer.Delay);
    }

    [Fact]
    public void Deaths_WithinTheLimit_AreTriedAgainAtOnce()
    {
        Assert.Equal((1, TimeSpan.Zero), Retry(FailureKind.WorkerDied));
        Assert.Equal((2, TimeSpan.Zero), Retry(FailureKind.WorkerDied));
        var failure = _owner.Report(Report(FailureKind.WorkerDied), Sweep.Analyses, Now).Answer.Outcome!.Failure!;

        Assert.Equal((FailureKind.WorkerDied, 3), (failure.Kind, failure.Attempts));
        Assert.Contains("while computing it, the last time somewhere", failure.Message, StringComparison.Ordinal);

        (int Deaths, TimeSpan After) Retry(FailureKind kind) =>
            _owner.Report(Report(kind), Sweep.Analyses, Now).Answer.Verdict.Retry is { } retry ? (retry.Deaths, retry.After) : default;
    }

    [Fact]
    public void Failure_OfOneAnalysis_KeepsTheOthers()
    {
        var report = Report(FailureKind.Permanent) with { Missing = [Sweep.Analyses[1]] };

        var outcome = _owner.Report(report, [Sweep.Analyses[1]], Now).Answer.Outcome!;

        Assert.Equal((OutcomeKind.Quarantined, FailureKind.Permanent), (outcome.End, outcome.Failure!.Kind));
        Assert.Equal([Sweep.Analyses[1]], outcome.Failure.Analyses);
    }

    [Fact]
    public void Sweeps_WithCommonPairs_HaveBooksOfTheirOwnAndOneStore()
    {
        _owner.Report(Report(FailureKind.Transient), Sweep.Analyses, Now);
        var other = Report(null) with { Task = Shard with { Sweep = "other" } };

        Assert.Equal(OutcomeKind.Committed, _owner.Report(other, [], Now).Answer.Outcome!.End);
        Assert.False(_owner.IsSettled); // the first sweep's shard has a history

        var covered = _owner.Report(Report(null) with { Fence = 0 }, [], Now);
        Assert.Empty(_owner.ToLookUp(other));
        Assert.Equal(OutcomeKind.Committed, covered.Answer.Outcome!.End);
        Assert.True(_owner.IsSettled);
    }

    /// <summary>Nearly all reports are successes of whole shards: for each of them the store would be asked for nothing.</summary>
    [Fact]
    public void History_IsReadBeforeAFailureAndBeforeAPart_NotBeforeASuccess()
    {
        var part = Shard with { Part = 2 };

        Assert.False(_owner.NeedsHistory(Shard, isSuccess: true));
        Assert.True(_owner.NeedsHistory(Shard, isSuccess: false));
        Assert.True(_owner.NeedsHistory(part, isSuccess: true));
        _owner.Restore("owned", null);
        Assert.False(_owner.NeedsHistory(part, isSuccess: true));
        Assert.False(_owner.NeedsHistory(Shard, isSuccess: false));
    }

    [Fact]
    public void History_ThatIsReadAgain_DoesNotReplaceWhatWasCounted()
    {
        var first = _owner.Report(Report(FailureKind.Transient), Sweep.Analyses, Now);
        _owner.Report(Report(FailureKind.Transient), Sweep.Analyses, Now);
        _owner.Restore("owned", first.History); // read before the second report was judged

        Assert.Equal(3, _owner.Report(Report(FailureKind.Transient), Sweep.Analyses, Now).Answer.Outcome!.Failure!.Attempts);
    }

    [Fact]
    public void History_OfAShardThatHasEnded_IsToBeCleared()
    {
        Assert.False(_owner.Report(Report(null), [], Now).HasHistory);
        _owner = New();
        Assert.NotNull(_owner.Report(Report(FailureKind.Transient), Sweep.Analyses, Now).History);

        var end = _owner.Report(Report(null), [], Now);

        Assert.Equal((null, true), (end.History, end.HasHistory));
    }

    [Fact]
    public void Transient_WaitsTwiceAsLongEachTime_UpToTheLongestWait()
    {
        double[] waits = [.. Enumerable.Range(0, 40).Select(_ => Wait(FailureKind.Transient))];

        Assert.All(waits.Select((wait, i) => (Wait: wait, Full: Math.Min(Math.Pow(2, i), 10))), pair =>
            Assert.InRange(pair.Wait, pair.Full / 2, pair.Full));
        Assert.True(waits.Distinct().Count() > 30, "shards that failed together come back together");

        double Wait(FailureKind kind) => _owner.Report(
            Report(kind) with { Terms = new ShardTerms(Sweep.Analyses, 99) }, Sweep.Analyses, Now).Answer.Verdict.Retry!.After.TotalSeconds;
    }

    [Fact]
    public void Failure_ThatNamesNoAnalysis_IsThatOfAllOfTheTask()
    {
        var report = Report(FailureKind.Transient) with { Task = Shard with { Part = 1 }, Missing = [], Analyses = [Sweep.Analyses[0]] };

        var retry = _owner.Report(report, Sweep.Analyses, Now).Answer.Verdict.Retry!;
        Assert.Equal([Sweep.Analyses[0]], retry.Analyses);

        retry = _owner.Report(report with { Fence = 99, Analyses = null }, Sweep.Analyses, Now).Answer.Verdict.Retry!;
        Assert.Equal(Sweep.Analyses, retry.Analyses);
        Assert.Equal(2, retry.Attempts);
    }

    [Fact]
    public void Failure_OfWhatAnotherCommittedMeanwhile_IsNone()
    {
        var report = Report(FailureKind.Permanent) with { Missing = [Sweep.Analyses[0]] };

        var decision = _owner.Report(report, [Sweep.Analyses[1]], Now);

        Assert.Equal((null, null), (decision.Answer.Outcome, decision.Answer.Verdict.Retry));
        Assert.Equal([Sweep.Analyses[1]], decision.Answer.Verdict.Missing);
        Assert.Equal([Sweep.Analyses[0]], decision.Answer.Verdict.Stored);
    }

    [Fact]
    public void Bytes_OfAllTries_AreCounted_OncePerReport()
    {
        var failure = Report(FailureKind.Transient) with { BytesRead = 7 };
        _owner.Report(failure, Sweep.Analyses, Now);
        _owner.Report(failure, Sweep.Analyses, Now);
        var partly = Report(null) with { BytesRead = 20, Analyses = [Sweep.Analyses[0]] };
        _owner.Report(partly, [Sweep.Analyses[1]], Now);
        _owner.Report(partly, [Sweep.Analyses[1]], Now);

        var outcome = _owner.Report(Report(null) with { BytesRead = 300 }, [], Now).Answer.Outcome!;

        Assert.Equal((327, 2, Shard), (outcome.BytesRead, outcome.Wanted, outcome.Task));
    }

    /// <summary>Two parts failed in different ways: people see both errors, each once.</summary>
    [Fact]
    public void Failures_OfSeveralParts_AreToldTogether()
    {
        var first = Report(FailureKind.Permanent) with { Missing = [Sweep.Analyses[0]], Message = "no such tensor" };
        Assert.Null(_owner.Report(first, Sweep.Analyses, Now).Answer.Outcome);
        AnalysisId[] second = [Sweep.Analyses[1]];
        for (var death = 1; death < 3; death++)
        {
            _owner.Report(Report(FailureKind.WorkerDied) with { Task = Shard with { Part = 2 }, Missing = second }, Sweep.Analyses, Now);
        }

        var report = Report(FailureKind.WorkerDied) with { Task = Shard with { Part = 2 }, Missing = second };
        var failure = _owner.Report(report, Sweep.Analyses, Now).Answer.Outcome!.Failure!;

        Assert.Equal((FailureKind.Permanent, 3), (failure.Kind, failure.Attempts));
        Assert.Equal(Sweep.Analyses, failure.Analyses);
        Assert.StartsWith("no such tensor\nCheckpoint pythia-14m@step1: the worker died 3 times while computing " + second[0],
            failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Loss_OfAResult_IsCountedAgainstWhatTheWorkerComputed()
    {
        var report = Report(null) with { Task = Shard with { Part = 1 }, Analyses = [Sweep.Analyses[0]] };

        Assert.Equal([(Sweep.Analyses[0], 1)], LossesAfter(report));
        Assert.Equal([(Sweep.Analyses[0], 1)], LossesAfter(report with { Fence = 91, Analyses = null })); // an old worker: not known which
        Assert.Equal([(Sweep.Analyses[0], 1)], LossesAfter(report with { Fence = 0 })); // no worker said so
        Assert.Equal([(Sweep.Analyses[0], 2), (Sweep.Analyses[1], 1)],
            LossesAfter(Report(null) with { Fence = 92, Analyses = null }));

        IEnumerable<(AnalysisId Analysis, int Losses)> LossesAfter(TaskReport next) =>
            _owner.Report(next, Sweep.Analyses, Now).History!.Analyses.Select(analysis => (analysis.Analysis, analysis.Losses));
    }

    [Fact]
    public void Failures_AreCountedByTheirKind()
    {
        _owner.Report(Report(FailureKind.Transient), Sweep.Analyses, Now);
        _owner.Report(Report(FailureKind.Infrastructure), Sweep.Analyses, Now.AddMinutes(1));
        _owner.Report(Report(FailureKind.Infrastructure), Sweep.Analyses, Now.AddMinutes(2));
        var history = _owner.Report(Report(FailureKind.WorkerDied), Sweep.Analyses, Now.AddMinutes(3)).History!;

        Assert.Equal(
            Sweep.Analyses.Select(analysis => new AnalysisHistory(analysis, 1, 2, 1, 0, null, Now.AddMinutes(1))), history.Analyses);
        Assert.Equal([1, 2, 3, 4], history.Leases);
    }

    /// <summary>One analysis has failed more often than the other: the worst of them decides.</summary>
    [Theory]
    [InlineData(FailureKind.Transient)]
    [InlineData(FailureKind.Infrastructure)]
    [InlineData(FailureKind.WorkerDied)]
    public void Retry_OfSeveralAnalyses_CountsAsTheOneThatFailedMostOften(FailureKind kind)
    {
        _owner.Report(Report(kind) with { Missing = [Sweep.Analyses[0]] }, Sweep.Analyses, Now);

        var answer = _owner.Report(Report(kind), Sweep.Analyses, Now.AddMinutes(5)).Answer;

        var retry = answer.Verdict.Retry!;
        Assert.Equal(2, kind switch
        {
            FailureKind.Transient => retry.Attempts,
            FailureKind.Infrastructure => retry.Delays,
            _ => retry.Deaths,
        });
        Assert.Equal(kind == FailureKind.Infrastructure ? Now : null, answer.Delay?.Since);
        if (kind == FailureKind.Infrastructure)
        {
            return;
        }

        var failure = _owner.Report(Report(kind), Sweep.Analyses, Now).Answer.Outcome!.Failure!;
        Assert.Equal(3, failure.Attempts);
        Assert.Equal(Sweep.Analyses, failure.Analyses);
    }

    [Fact]
    public void Question_OfAShardThatHasFailed_LeavesItWhole()
    {
        var cost = new ShardCost(TimeSpan.Zero, Sweep.Analyses.ToDictionary(analysis => analysis.Name, _ => 100.0));
        var question = new FanOutQuestion(1, Shard, Sweep, Sweep.Analyses, 2);
        Assert.Equal([0.5, 0.5], _owner.Divide(question, cost).Select(part => part.Share));
        Assert.Equal(Sweep.Analyses, Assert.Single(_owner.Divide(question, null)).Analyses);
        _owner.Restore("owned", null);
        Assert.Equal(2, _owner.Divide(question, cost).Count); // it is known, and has not failed

        _owner.Report(Report(FailureKind.Transient), Sweep.Analyses, Now);

        var whole = Assert.Single(_owner.Divide(question, cost));
        Assert.Equal((Sweep.Analyses, 1), (whole.Analyses, whole.Share));
    }

    [Fact]
    public void Report_WithoutTerms_IsRefused() =>
        Assert.Throws<ArgumentException>(() => _owner.Report(Report(null) with { Terms = null }, [], Now));

    private CheckpointMachine New() => new(Shard.Checkpoint, _options);

    private TaskReport Report(FailureKind? kind) => new(
        ++_fence, Shard, kind, kind is null ? null : "somewhere", kind is null ? [] : Sweep.Analyses, 1,
            new ShardTerms(Sweep.Analyses, 3), Sweep.Analyses);
}
