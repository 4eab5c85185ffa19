namespace PythiaOrleans.Cluster.Workers;

/// <summary>One device's memory, given to tasks by their estimates, first come, first served. No thread, no clock.</summary>
/// <remarks>
/// Who comes first is served first, even where a later one would fit: a large task would else wait behind small ones without end. A
/// task that wants more than
/// there is runs alone, for an estimate may err, and a task that does not fit says so itself.
/// </remarks>
/// <param name="bytes">What tasks may take together.</param>
public sealed class DeviceBudget(long bytes)
{
    private readonly Lock _lock = new();
    private readonly LinkedList<Waiter> _waiting = new();
    private long _taken;
    private int _running;

    /// <summary>What tasks may take together.</summary>
    public long Bytes { get; } = bytes;

    /// <summary>What they have taken.</summary>
    public long Taken
    {
        get
        {
            lock (_lock)
            {
                return _taken;
            }
        }
    }

    /// <summary>How many wait for it.</summary>
    public int Waiting
    {
        get
        {
            lock (_lock)
            {
                return _waiting.Count;
            }
        }
    }

    /// <summary>Waits until the task fits. Its disposal returns the memory, and wakes those for whom it was waiting.</summary>
    /// <param name="wanted">The task's estimate; one that wants nothing never waits.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="OperationCanceledException">The token was cancelled while it waited.</exception>
    public async Task<IDisposable> TakeAsync(long wanted, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        ArgumentOutOfRangeException.ThrowIfNegative(wanted);
        if (wanted == 0)
        {
            return Share.Nothing;
        }

        var waiter = new Waiter(wanted);
        lock (_lock)
        {
            _waiting.AddLast(waiter);
            Admit();
        }

        await using var registration = cancellationToken.Register(() => GiveUp(waiter, cancellationToken)).ConfigureAwait(false);
        return await waiter.Admitted.Task.ConfigureAwait(false);
    }

    // Under the lock.
    private void Admit()
    {
        while (_waiting.First is { Value: var next } && (_running == 0 || next.Bytes <= Bytes - _taken))
        {
            _waiting.RemoveFirst();
            _taken += next.Bytes;
            _running++;
            next.Admitted.SetResult(new Share(this, next.Bytes));
        }
    }

    private void GiveUp(Waiter waiter, CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            if (_waiting.Remove(waiter)) // else it was admitted a moment ago
            {
                waiter.Admitted.SetCanceled(cancellationToken);
                Admit(); // whom it held up
            }
        }
    }

    private void Return(long share)
    {
        lock (_lock)
        {
            _taken -= share;
            _running--;
            Admit();
        }
    }

    private sealed class Waiter(long bytes)
    {
        public long Bytes { get; } = bytes;

        // Whoever returns memory must not run the next task's code under the lock.
        public TaskCompletionSource<IDisposable> Admitted { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }

    private sealed class Share(DeviceBudget? budget, long bytes) : IDisposable
    {
        public static Share Nothing { get; } = new(null, 0);

        private DeviceBudget? _budget = budget;

        public void Dispose() => Interlocked.Exchange(ref _budget, null)?.Return(bytes);
    }
}
