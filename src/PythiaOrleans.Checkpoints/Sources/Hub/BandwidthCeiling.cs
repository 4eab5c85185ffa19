namespace PythiaOrleans.Checkpoints.Sources.Hub;

/// <summary>Lets bytes pass at a rate, over all readers: each waits until the bytes that it has just received are due.</summary>
/// <param name="bytesPerSecond">The rate; null lets everything pass at once.</param>
internal sealed class BandwidthCeiling(long? bytesPerSecond)
{
    private readonly Lock _gate = new();
    private long _due = TimeProvider.System.GetTimestamp();

    public Task PassAsync(int bytes, CancellationToken cancellationToken)
    {
        if (bytesPerSecond is not { } rate)
        {
            return Task.CompletedTask;
        }

        TimeSpan wait;
        lock (_gate)
        {
            var now = TimeProvider.System.GetTimestamp();
            // Unused time is not saved up: after a pause the ceiling would otherwise be broken for as long as the pause was.
            _due = Math.Max(_due, now) + (long)((double)bytes / rate * TimeProvider.System.TimestampFrequency);
            wait = TimeProvider.System.GetElapsedTime(now, _due);
        }

        return Task.Delay(wait, cancellationToken);
    }
}
