using Microsoft.Extensions.Logging;
using Orleans.Concurrency;
using PythiaOrleans.Cluster.Contracts;
using PythiaOrleans.Cluster.Placement;
using PythiaOrleans.Cluster.Telemetry;
using PythiaOrleans.Core.Sweeps;

namespace PythiaOrleans.Cluster.Grains;

/// <summary>
/// Brings reports to the owners of their checkpoints one by one, so that one owner that does not answer holds up no other, and their
/// answers on in batches.
/// </summary>
/// <remarks>Reentrant: everything between two awaits is synchronous.</remarks>
[ControlSilosFirst]
[Reentrant]
internal sealed partial class ReportsGrain(TimeProvider time, ILogger<ReportsGrain> logger) : Grain, IReportsGrain
{
    private const int MaxVerdicts = 512;
    private const int MaxReports = 128;
    private const int MaxWaiting = 2048;

    private static readonly TimeSpan RetryAfter = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan GatherFor = TimeSpan.FromMilliseconds(2);
    private static readonly TimeSpan DrainPoll = TimeSpan.FromMilliseconds(20);

    // Well under the time that a caller waits for an answer: a report that is sent again is judged twice.
    private static readonly TimeSpan MostHeldBack = TimeSpan.FromSeconds(5);

    // The last silo of a cluster has no other silo to tell. What is not told is found in the store by the next one.
    private static readonly TimeSpan RetryWhileStopping = TimeSpan.FromSeconds(2);

    private readonly Queue<TaskReport> _reports = new();
    private readonly List<OwnerAnswer> _answers = [];
    private readonly Dictionary<string, Outcomes> _outcomes = new(StringComparer.Ordinal);
    private int _reporting;
    private bool _isSettling;
    private long? _stoppingSince;

    private IDispatcherGrain Dispatcher => GrainFactory.GetGrain<IDispatcherGrain>(IDispatcherGrain.Key);

    private bool IsIdle => _reports.Count == 0 && _reporting == 0 && !_isSettling && _outcomes.Count == 0;

    private bool GivesUp => _stoppingSince is { } since && time.GetElapsedTime(since) > RetryWhileStopping;

    public override async Task OnDeactivateAsync(DeactivationReason reason, CancellationToken cancellationToken)
    {
        _stoppingSince = time.GetTimestamp();
        while (!IsIdle && !cancellationToken.IsCancellationRequested)
        {
            await Task.Delay(DrainPoll, time, CancellationToken.None);
        }
    }

    public async Task ReportAsync(string worker, IReadOnlyList<TaskReport> reports)
    {
        var failed = reports.Where(report => report.Failure is not null).ToArray();
        if (failed.Length > 0)
        {
            var taken = await Dispatcher.TakeBackAsync(worker, [.. failed.Select(report => report.Fence)]);
            foreach (var report in failed)
            {
                var isTaken = taken.Contains(report.Fence);
                LogFailed(logger, report.Task.Sweep, report.Task.Checkpoint.Model, report.Task.Checkpoint.Step, worker,
                    report.Failure!.Value, report.Message);
                DispatchMetrics.OnFailed(report, isTaken);
            }

            reports = [.. reports.Where(report => report.Failure is null || taken.Contains(report.Fence))];
        }

        Add(reports);
        await HoldBackAsync();
    }

    public Task ForwardAsync(IReadOnlyList<TaskReport> reports)
    {
        Add(reports);
        return Task.CompletedTask;
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "Task {Sweep}/{Model}@step{Step} failed on {Worker} ({Kind}): {Error}")]
    private static partial void LogFailed(ILogger logger, string sweep, string model, int step, string worker, FailureKind kind,
        string? error);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The report of {Sweep}/{Model}@step{Step} could not be judged; trying again")]
    private static partial void LogUnjudged(ILogger logger, string sweep, string model, int step, Exception error);

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Count} ended tasks could not be recorded; trying again")]
    private static partial void LogUnrecorded(ILogger logger, int count, Exception error);

    private void Add(IReadOnlyList<TaskReport> reports)
    {
        foreach (var report in reports)
        {
            _reports.Enqueue(report);
        }

        while (_reporting < MaxReports && _reports.Count > 0)
        {
            _reporting++;
            ReportAsync().Ignore();
        }
    }

    // Workers that end tasks faster than owners judge them wait here: what waits is memory, and each heartbeat goes through it.
    private async Task HoldBackAsync()
    {
        var since = time.GetTimestamp();
        while (_reports.Count > MaxWaiting && time.GetElapsedTime(since) < MostHeldBack)
        {
            await Task.Delay(GatherFor, time);
        }
    }

    private async Task ReportAsync()
    {
        while (_reports.TryDequeue(out var report))
        {
            if (await AskOwnerAsync(report) is not { } answer)
            {
                continue;
            }

            _answers.Add(answer);
            if (answer.Delay is { } delay)
            {
                GrainFactory.GetGrain<ISweepGrain>(delay.Task.Sweep).DelayAsync([delay]).Ignore(); // for people: the next try says it again
            }

            if (!_isSettling)
            {
                _isSettling = true;
                SettleAsync().Ignore();
            }
        }

        _reporting--;
    }

    private async Task<OwnerAnswer?> AskOwnerAsync(TaskReport report)
    {
        var owner = GrainFactory.GetGrain<ICheckpointGrain>(report.Task.Checkpoint.ToString());
        while (true)
        {
            try
            {
                return await owner.ReportAsync(report);
            }
            catch (Exception error)
            {
                if (GivesUp)
                {
                    return null;
                }

                // The store is away, or the owner's silo. To give up would leave the sweep waiting until the lease runs out.
                LogUnjudged(logger, report.Task.Sweep, report.Task.Checkpoint.Model, report.Task.Checkpoint.Step, error);
                await WaitAsync();
            }
        }
    }

    private async Task SettleAsync()
    {
        await Task.Yield(); // what is answered together is settled together
        while (_answers.Count > 0)
        {
            if (_reporting > 1)
            {
                await Task.Delay(GatherFor, time); // more answers are on their way: without this a call carried eight of them
            }

            var batch = _answers.Take(MaxVerdicts).ToArray();
            try
            {
                var running = await Dispatcher.SettleAsync([.. batch.Select(answer => answer.Verdict)]);
                _answers.RemoveRange(0, batch.Length);
                Record(batch, running);
            }
            catch (Exception error)
            {
                if (GivesUp)
                {
                    _answers.Clear();
                    break;
                }

                LogUnrecorded(logger, batch.Length, error);
                await WaitAsync();
            }
        }

        _isSettling = false;
    }

    private void Record(OwnerAnswer[] batch, IReadOnlyDictionary<string, int> running)
    {
        foreach (var outcome in batch.Select(answer => answer.Outcome).OfType<TaskOutcome>())
        {
            DispatchMetrics.OnEnded(outcome);
            if (!_outcomes.TryGetValue(outcome.Task.Sweep, out var outcomes))
            {
                _outcomes.Add(outcome.Task.Sweep, outcomes = new Outcomes());
                RecordAsync(outcome.Task.Sweep, outcomes).Ignore();
            }

            outcomes.Ended.Add(outcome);
            outcomes.Running = running.GetValueOrDefault(outcome.Task.Sweep);
        }
    }

    private async Task RecordAsync(string sweep, Outcomes outcomes)
    {
        await Task.Yield();
        while (outcomes.Ended.Count > 0)
        {
            var ended = outcomes.Ended.ToArray();
            try
            {
                await GrainFactory.GetGrain<ISweepGrain>(sweep).RecordAsync(ended, outcomes.Running);
                outcomes.Ended.RemoveRange(0, ended.Length);
            }
            catch (Exception error)
            {
                if (GivesUp)
                {
                    break;
                }

                LogUnrecorded(logger, ended.Length, error);
                await WaitAsync();
            }
        }

        _outcomes.Remove(sweep);
    }

    private Task WaitAsync()
    {
        this.DelayDeactivation(TimeSpan.FromMinutes(5)); // what waits here would be lost
        return Task.Delay(RetryAfter, time);
    }

    private sealed class Outcomes
    {
        public List<TaskOutcome> Ended { get; } = [];

        public int Running { get; set; }
    }
}
