namespace PythiaOrleans.Core.Sweeps;

/// <summary>
/// One answer of the store, kept while nothing suggests that it has changed. However many ask, at most one read runs and one waits.
/// </summary>
/// <param name="read">Reads the answer from the store.</param>
/// <param name="changes">How often this process has changed what the answer depends on.</param>
/// <param name="time">The clock of the answer's age.</param>
/// <param name="restPerLongRead">How many times as long as it took a long read is not repeated, whatever changed.</param>
internal sealed class CachedRead<T>(Func<Task<T>> read, Func<long> changes, TimeProvider time, int restPerLongRead = 20)
{
    private static readonly TimeSpan LongRead = TimeSpan.FromSeconds(1);

    private readonly Lock _lock = new();
    private Answer? _last;
    private Task<Answer>? _running;
    private Task<Answer>? _waiting;
    private long _readAt;

    /// <summary>The answer, where it is older than <paramref name="maxAge"/> or this process changed something since, read again.</summary>
    public async Task<T> GetAsync(TimeSpan maxAge, CancellationToken cancellationToken)
    {
        Task<Answer> reading;
        lock (_lock)
        {
            if (_last is { } last && IsUsable(last, maxAge))
            {
                return last.Value;
            }

            // A read that started before the last change may not show it.
            reading = _running is { } running && _readAt == changes() ? running : NextAsync();
        }

        return (await reading.WaitAsync(cancellationToken).ConfigureAwait(false)).Value;
    }

    /// <summary>The answer of a read that started after this call.</summary>
    public async Task<T> GetFreshAsync(CancellationToken cancellationToken)
    {
        Task<Answer> reading;
        lock (_lock)
        {
            reading = NextAsync();
        }

        return (await reading.WaitAsync(cancellationToken).ConfigureAwait(false)).Value;
    }

    private bool IsUsable(Answer last, TimeSpan maxAge)
    {
        var age = time.GetElapsedTime(last.Started);
        return (last.Took >= LongRead && age <= last.Took * restPerLongRead) || (last.Changes == changes() && age <= maxAge);
    }

    private Task<Answer> NextAsync()
    {
        if (_waiting is not null)
        {
            return _waiting; // it has not started yet
        }

        return _running is null ? StartAsync() : _waiting = AfterAsync(_running);
    }

    private Task<Answer> StartAsync()
    {
        _readAt = changes();
        return _running = Task.Run(ReadAsync);
    }

    private async Task<Answer> AfterAsync(Task running)
    {
        await running.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ForceYielding);
        Task<Answer> own;
        lock (_lock)
        {
            _waiting = null;
            own = StartAsync();
        }

        return await own.ConfigureAwait(false);
    }

    private async Task<Answer> ReadAsync()
    {
        var (before, started) = (changes(), time.GetTimestamp());
        try
        {
            var value = await read().ConfigureAwait(false);
            return Keep(new Answer(value, before, started, time.GetElapsedTime(started)));
        }
        catch
        {
            lock (_lock)
            {
                _running = null;
            }

            throw;
        }
    }

    private Answer Keep(Answer answer)
    {
        lock (_lock)
        {
            (_last, _running) = (answer, null);
        }

        return answer;
    }

    private sealed record Answer(T Value, long Changes, long Started, TimeSpan Took);
}
