using PythiaOrleans.Cluster.Contracts;
using PythiaOrleans.Core.Ids;
using PythiaOrleans.Core.Sweeps;

namespace PythiaOrleans.Cluster.Scheduling;

/// <summary>
/// The books of one (model, checkpoint) pair: which analyses exist, are open or were given up, for each sweep that wants it. No clock,
/// no network, no tasks.
/// </summary>
/// <remarks>
/// Reports and what the store holds go in, verdicts come out. What exists is what the store says; what was counted before a silo died
/// comes from the stored history.
/// Counts belong to analyses, not to tasks: a shard that was divided and is whole again keeps them.
/// </remarks>
/// <param name="checkpoint">The pair.</param>
/// <param name="options">Limits and waits.</param>
internal sealed class CheckpointMachine(CheckpointId checkpoint, DispatcherOptions options)
{
    /// <summary>How often the store may lose what was reported as committed.</summary>
    private const int MaxLosses = 3;

    // Two short absences with hours between them are no outage: a task may wait long for its turn.
    private const int MinDelays = 5;

    private readonly Dictionary<string, ShardBook> _shards = new(StringComparer.Ordinal);
    private readonly HashSet<AnalysisId> _stored = [];
    private Random? _jitter;

    /// <summary>Whether no shard of the pair is open here: then there is nothing that would be lost with the machine.</summary>
    public bool IsSettled => _shards.Count == 0;

    /// <summary>Whether the stored history has to be read before a report or question about the shard. A success needs none.</summary>
    public bool NeedsHistory(TaskId task, bool isSuccess) => !_shards.ContainsKey(task.Sweep) && !(isSuccess && task.Part == 0);

    /// <summary>Takes over what an owner before this one counted.</summary>
    public void Restore(string sweep, ShardHistory? history)
    {
        if (!_shards.ContainsKey(sweep))
        {
            _shards.Add(sweep, new ShardBook(history));
        }
    }

    /// <summary>The analyses that have to be looked up in the store before the report can be judged.</summary>
    public IReadOnlyList<AnalysisId> ToLookUp(TaskReport report)
    {
        var wanted = TermsOf(report).Wanted;
        return _stored.Count == 0 ? wanted : [.. wanted.Where(analysis => !_stored.Contains(analysis))];
    }

    /// <summary>Judges a report.</summary>
    /// <param name="report">What became of a task. One that comes twice counts once.</param>
    /// <param name="missing">Those of <see cref="ToLookUp"/> that the store does not hold.</param>
    /// <param name="now">The time, which outlives the machine in the stored history.</param>
    public CheckpointDecision Report(TaskReport report, IReadOnlyList<AnalysisId> missing, DateTimeOffset now)
    {
        var terms = TermsOf(report);
        _stored.UnionWith(terms.Wanted.Except(missing));
        if (!_shards.TryGetValue(report.Task.Sweep, out var book))
        {
            _shards.Add(report.Task.Sweep, book = new ShardBook(null));
        }

        var failed = Count(book, report, terms, now);
        AnalysisId[] open = [.. terms.Wanted.Where(analysis => !_stored.Contains(analysis) && book.Find(analysis)?.Failure is null)];
        TaskOutcome? outcome = null;
        TaskRetry? retry = null;
        if (open.Length == 0)
        {
            outcome = Outcome(book, report, terms);
            _shards.Remove(report.Task.Sweep);
        }
        else if (failed is not null && failed.Intersect(open).Any())
        {
            retry = Retry(book, report.Failure!.Value, [.. failed.Intersect(open)]);
        }

        var verdict = new ShardVerdict(report.Task, report.Fence, [.. terms.Wanted.Where(_stored.Contains)], open, terms.Wanted.Count,
            retry);
        return new CheckpointDecision(
            new OwnerAnswer(verdict, outcome, Delay(book, report, retry)),
            outcome is null && book.HasFailed ? book.ToHistory(checkpoint) : null,
            book.HasFailed);
    }

    /// <summary>Divides a task among idle devices, unless it has failed before: its attempts and deaths are its own.</summary>
    public IReadOnlyList<ShardPart> Divide(FanOutQuestion question, ShardCost? cost)
    {
        var whole = new ShardPart(question.Analyses, 1);
        if (cost is null || (_shards.TryGetValue(question.Task.Sweep, out var book) && book.HasFailed))
        {
            return [whole];
        }

        return
        [
            .. FanOut.Divide(question.Analyses, cost, question.MaxParts, options.SmallestPart, options.ReloadFactor)
                .Select(part => new ShardPart(part.Analyses, part.Share)),
        ];
    }

    /// <summary>The wait before a task is tried again.</summary>
    private TimeSpan BackOff(int failures)
    {
        var wait = Math.Min(options.FirstBackoff.TotalSeconds * Math.Pow(2, Math.Min(failures - 1, 30)),
            options.LongestBackoff.TotalSeconds);

        // Half of the wait is left to chance, or all that failed together would come back together.
        _jitter ??= new Random((options.Seed * 31) + checkpoint.Step);
        return TimeSpan.FromSeconds(wait * (0.5 + (_jitter.NextDouble() / 2)));
    }

    private static ShardTerms TermsOf(TaskReport report) => report.Terms
        ?? throw new ArgumentException($"The report of {report.Task} does not say what its sweep wants.", nameof(report));

    // The analyses that failed; null for a success.
    private AnalysisId[]? Count(ShardBook book, TaskReport report, ShardTerms terms, DateTimeOffset now)
    {
        var isNew = report.Fence == 0 || book.Leases.Add(report.Fence);
        if (report.Failure is not { } kind)
        {
            CountSuccess(book, report, terms, isNew);
            return null;
        }

        AnalysisId[] failed = [.. (report.Missing.Count > 0 ? report.Missing : report.Analyses ?? terms.Wanted)
            .Where(analysis => !_stored.Contains(analysis))];
        if (isNew)
        {
            book.BytesRead += report.BytesRead;
            CountFailure(book, report, kind, failed, terms.MaxAttempts, now);
        }

        return failed;
    }

    // A worker's word is not enough: what is done is what the store says.
    private void CountSuccess(ShardBook book, TaskReport report, ShardTerms terms, bool isNew)
    {
        if (!isNew)
        {
            return;
        }

        book.BytesRead += report.BytesRead;
        var claimed = report.Fence == 0 ? [] : report.Analyses ?? (report.Task.Part == 0 ? terms.Wanted : []);
        AnalysisId[] lost = [.. claimed.Where(analysis => terms.Wanted.Contains(analysis) && !_stored.Contains(analysis))];
        foreach (var analysis in lost)
        {
            book.Get(analysis).Losses++;
        }

        AnalysisId[] givenUp = [.. lost.Where(analysis => book.Get(analysis).Losses > MaxLosses)];
        if (givenUp.Length > 0)
        {
            var message = $"Checkpoint {checkpoint}: workers reported {string.Join(", ", givenUp)} as committed {MaxLosses + 1} times, "
                + "but the store does not hold it. "
                + "Check the store, then resume the sweep.";
            GiveUp(book, givenUp, new ShardFailure(checkpoint, givenUp, FailureKind.Infrastructure, message, MaxLosses + 1, default));
        }
    }

    private void CountFailure(
        ShardBook book, TaskReport report, FailureKind kind, AnalysisId[] failed, int maxAttempts, DateTimeOffset now)
    {
        foreach (var analysis in failed)
        {
            var state = book.Get(analysis);
            state.Delays += kind == FailureKind.Infrastructure ? 1 : 0;
            state.DelayedSince ??= kind == FailureKind.Infrastructure ? now : null;
            state.Attempts += kind is FailureKind.Transient or FailureKind.Permanent ? 1 : 0;
            state.Deaths += kind == FailureKind.WorkerDied ? 1 : 0;
        }

        var attempts = failed.Length == 0 ? 0 : failed.Max(analysis => book.Get(analysis).Attempts);
        var deaths = failed.Length == 0 ? 0 : failed.Max(analysis => book.Get(analysis).Deaths);
        switch (kind)
        {
            case FailureKind.Permanent or FailureKind.Transient when kind == FailureKind.Permanent || attempts >= maxAttempts:
                GiveUp(book, failed, new ShardFailure(checkpoint, failed, kind, report.Message ?? "no message", attempts, default));
                break;
            case FailureKind.WorkerDied when deaths >= options.MaxDeaths:
                GiveUp(book, failed, new ShardFailure(checkpoint, failed, kind, Died(report, failed, deaths), deaths, default));
                break;
            case FailureKind.Infrastructure:
                GiveUpDelayed(book, report, failed, now);
                break;
        }
    }

    private void GiveUpDelayed(ShardBook book, TaskReport report, AnalysisId[] failed, DateTimeOffset now)
    {
        AnalysisId[] late = [.. failed.Where(analysis => book.Get(analysis) is { Delays: >= MinDelays, DelayedSince: { } since }
            && now - since >= options.InfrastructureLimit)];
        if (late.Length > 0)
        {
            var delays = late.Max(analysis => book.Get(analysis).Delays);
            var message = $"Checkpoint {checkpoint}: storage or source did not do what was asked of them in {delays} tries since "
                + $"{book.Get(late[0]).DelayedSince:u} (Dispatcher:InfrastructureLimit is {options.InfrastructureLimit}), the last time: "
                + $"{report.Message} When that is mended, resume the sweep.";
            GiveUp(book, late, new ShardFailure(checkpoint, late, FailureKind.Infrastructure, message, delays, default));
        }
    }

    // For people, who should see why nothing ends while storage or source are away.
    private static TaskDelay? Delay(ShardBook book, TaskReport report, TaskRetry? retry) =>
        report.Failure == FailureKind.Infrastructure && retry?.Analyses.Min(analysis => book.Get(analysis).DelayedSince) is { } since
            ? new TaskDelay(report.Task.Whole, since, retry.Delays, report.Message ?? "no message")
            : null;

    private string Died(TaskReport report, AnalysisId[] failed, int deaths) =>
        $"Checkpoint {checkpoint}: the worker died {deaths} times while computing "
        + $"{(report.Task.Part == 0 ? "it" : string.Join(", ", failed))}, "
        + $"the last time {report.Message}. Look at that worker's log and memory, then resume the sweep.";

    private static void GiveUp(ShardBook book, IEnumerable<AnalysisId> analyses, ShardFailure failure)
    {
        foreach (var analysis in analyses)
        {
            book.Get(analysis).Failure = failure;
        }
    }

    private TaskOutcome Outcome(ShardBook book, TaskReport report, ShardTerms terms)
    {
        AnalysisId[] lacking = [.. terms.Wanted.Where(analysis => !_stored.Contains(analysis))];
        var failure = lacking.Length == 0 ? null : Merge(lacking, [.. lacking.Select(analysis => book.Get(analysis).Failure!).Distinct()]);
        var end = failure is null ? OutcomeKind.Committed : OutcomeKind.Quarantined;
        return new TaskOutcome(report.Task with { Part = 0 }, end, failure, book.BytesRead, Wanted: terms.Wanted.Count);
    }

    private static ShardFailure Merge(AnalysisId[] lacking, ShardFailure[] failures) => failures[0] with
    {
        Analyses = lacking,
        Message = string.Join("\n", failures.Select(failure => failure.Message).Distinct()),
        Attempts = failures.Max(failure => failure.Attempts),
    };

    private TaskRetry Retry(ShardBook book, FailureKind kind, AnalysisId[] analyses)
    {
        var states = analyses.Select(book.Get).ToArray();
        var (attempts, delays, deaths) = (states.Max(state => state.Attempts), states.Max(state => state.Delays),
            states.Max(state => state.Deaths));
        var after = kind switch
        {
            FailureKind.Infrastructure => BackOff(delays),
            FailureKind.Transient => BackOff(attempts),
            _ => TimeSpan.Zero, // the next worker need not wait because one died
        };
        return new TaskRetry(analyses, after, attempts, delays, deaths);
    }
}
