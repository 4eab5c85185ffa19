using Microsoft.Extensions.DependencyInjection;
using Orleans.Serialization;
using PythiaOrleans.Cluster.Contracts;
using PythiaOrleans.Core.Ids;
using PythiaOrleans.Core.Sweeps;

namespace PythiaOrleans.Cluster.Tests;

/// <summary>
/// During a rolling upgrade silos of two versions speak with each other: bytes that the first version wrote must be read for ever.
/// </summary>
public sealed class MessageShapeTests
{
    private static readonly TaskId Task = new("old", new CheckpointId("pythia-14m", 2));
    private static readonly SweepSpec Sweep = World.Spec("old", 3);

    private static readonly Dictionary<string, byte[]> Stored = File.ReadLines(Path.Combine(AppContext.BaseDirectory, "messages-0.1.txt"))
        .Select(line => line.Split(' ')).ToDictionary(parts => parts[0], parts => Convert.FromBase64String(parts[1]));

    private static readonly Serializer Serializer = new ServiceCollection().AddSerializer().BuildServiceProvider()
        .GetRequiredService<Serializer>();

    [Fact]
    public void Lease_OfTheFirstVersion_IsRead()
    {
        var lease = Read<TaskLease>();

        Assert.Equal((7, Task, 2, true), (lease.Fence, lease.Task, lease.Attempt, lease.IsSuspect));
        Assert.Equal(Sweep.Analyses, lease.Analyses);
        Assert.Equal((Sweep.Name, Sweep.Source, Sweep.MaxAttempts), (lease.Sweep.Name, lease.Sweep.Source, lease.Sweep.MaxAttempts));
        Assert.Equal(Sweep.Steps, lease.Sweep.Steps);
    }

    [Fact]
    public void Report_OfTheFirstVersion_IsRead()
    {
        var report = Read<TaskReport>();

        Assert.Equal((7, Task, FailureKind.Transient, "why", 99),
            (report.Fence, report.Task, report.Failure, report.Message, report.BytesRead));
        Assert.Equal(Sweep.Analyses, report.Missing);
    }

    [Fact]
    public void End_OfTheFirstVersion_LacksWhatCameLater()
    {
        var ended = Read<TaskOutcome>();

        Assert.Equal((Task, OutcomeKind.Quarantined, 99), (ended.Task, ended.End, ended.BytesRead));
        Assert.Equal((FailureKind.Permanent, "a message", 2), (ended.Failure!.Kind, ended.Failure.Message, ended.Failure.Attempts));
        Assert.Null(ended.Missing);
    }

    [Fact]
    public void Others_OfTheFirstVersion_AreRead()
    {
        Assert.Equal((Task, 5), (Read<PendingTask>().Id, Read<PendingTask>().Cost));
        Assert.Equal(new DispatcherStatus(Guid.Empty, 3, 2), Read<DispatcherStatus>());
        var progress = Read<SweepProgress>();
        Assert.Equal(("old", SweepState.Running, 3, 1, 2, "a problem"),
            (progress.Sweep, progress.State, progress.Total, progress.AlreadyDone, progress.Done, progress.Problem));
        Assert.Equal(new ModelProgress("pythia-14m", 3, 2, 0), Assert.Single(progress.Models));
    }

    [Fact]
    public void WhatCameLater_IsReadAsItWasWritten()
    {
        var part = Task with { Part = 3 };
        Assert.Equal(part, Copy(part));
        Assert.NotEqual(Task, Copy(part));

        var announcement = Copy(new WorkerAnnouncement(4, true, 2, [new CachedCheckpoint("hub", Task.Checkpoint)], [], 8));
        Assert.Equal((4, true, 2, 8), (announcement.Number, announcement.IsWhole, announcement.Slots, announcement.Devices));
        Assert.Equal([new CachedCheckpoint("hub", Task.Checkpoint)], announcement.Added);

        var where = Copy(
            new TaskLocation("a", true, 0, 0, 0, 0, [Sweep.Analyses[0]], [new TaskLocation(null, false, 0, 0, 0, 9, [Sweep.Analyses[1]])]));
        Assert.Equal(("a", 9), (where.Of(Sweep.Analyses[0])!.Worker, where.Of(Sweep.Analyses[1])!.Ahead));
        Assert.Equal((2, 7),
            (Copy(new WorkerStatus("a", TimeSpan.Zero, [part], 0, 2, 7)).Slots,
            Copy(new WorkerStatus("a", TimeSpan.Zero, [part], 0, 2, 7)).Cached));
    }

    /// <summary>
    /// How urgent a sweep is, how often it tries and on what: lost on the wire, they would change between two silos only.
    /// </summary>
    [Fact]
    public void Spec_OfASweep_TravelsWhole()
    {
        var spec = Sweep with
        {
            Priority = 7,
            MaxAttempts = 9,
            Precision = "bfloat16",
            Stride = 3,
            ReferenceStep = 2,
            Batch = new BatchSpec("text", new string('a', 64), 2, 5, 6)
        };

        var copy = Copy(spec);

        Assert.Equal((7, 9, "bfloat16", 3, 2), (copy.Priority, copy.MaxAttempts, copy.Precision, copy.Stride, copy.ReferenceStep));
        Assert.Equal((spec.Name, spec.Source, spec.Batch), (copy.Name, copy.Source, copy.Batch));
        Assert.Equal(spec.Models, copy.Models);
        Assert.Equal(spec.Steps, copy.Steps);
        Assert.Equal(spec.Analyses, copy.Analyses);
    }

    [Fact]
    public void MessagesOfOwners_AreReadAsTheyWereWritten()
    {
        var verdict = new ShardVerdict(Task, 5, [Sweep.Analyses[0]], [Sweep.Analyses[1]], 2,
            new TaskRetry([Sweep.Analyses[1]], TimeSpan.FromSeconds(3), 1, 2, 4));
        var copy = Copy(new OwnerAnswer(verdict, new TaskOutcome(Task, OutcomeKind.Committed, null, 8, Wanted: 2)));
        Assert.Equal((Task, 5, 2, false), (copy.Verdict.Task, copy.Verdict.Fence, copy.Verdict.Wanted, copy.Verdict.HasEnded));
        Assert.Equal(verdict.Stored, copy.Verdict.Stored);
        Assert.Equal(verdict.Missing, copy.Verdict.Missing);
        Assert.Equal(verdict.Missing, copy.Verdict.Retry!.Analyses);
        Assert.Equal((TimeSpan.FromSeconds(3), 1, 2, 4),
            (copy.Verdict.Retry.After, copy.Verdict.Retry.Attempts, copy.Verdict.Retry.Delays, copy.Verdict.Retry.Deaths));
        Assert.Equal((2, 8L), (copy.Outcome!.Wanted, copy.Outcome.BytesRead));
        var delay = new TaskDelay(Task, new DateTimeOffset(2026, 1, 1, 12, 0, 0, TimeSpan.Zero), 3, "away");
        Assert.Null(copy.Delay);
        Assert.Equal(delay, Copy(new OwnerAnswer(verdict, null, delay)).Delay);

        var report = Copy(new TaskReport(7, Task, null, null, [], 1, new ShardTerms(Sweep.Analyses, 3), Sweep.Analyses));
        Assert.Equal(3, report.Terms!.MaxAttempts);
        Assert.Equal(Sweep.Analyses, report.Terms.Wanted);
        Assert.Equal(Sweep.Analyses, report.Analyses);
        Assert.True(Copy(new DispatcherStatus(Guid.Empty, 1, 1, true)).IsPaused);
        Assert.Equal((2, 3), (Copy(new PendingTask(Task, [], 1, 2, 3)).Attempts, Copy(new PendingTask(Task, [], 1, 2, 3)).Deaths));
    }

    private static T Copy<T>(T message) => Serializer.Deserialize<T>(Serializer.SerializeToArray(message))!;

    private static T Read<T>() => Serializer.Deserialize<T>(Stored[typeof(T).Name])!;
}
