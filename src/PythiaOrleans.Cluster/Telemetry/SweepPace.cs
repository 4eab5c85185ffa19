namespace PythiaOrleans.Cluster.Telemetry;

/// <summary>
/// How fast a sweep goes, and so when it ends: work done over the last minutes, so that workers that come and go count soon.
/// </summary>
internal sealed class SweepPace
{
    private static readonly TimeSpan Window = TimeSpan.FromMinutes(10);

    private readonly Queue<(TimeSpan At, double Done)> _notes = new();

    /// <summary>Notes how much work is done. The unit is the caller's; the time is any monotonic one.</summary>
    public void Note(TimeSpan at, double done)
    {
        _notes.Enqueue((at, done));
        while (_notes.Count > 2 && at - _notes.Peek().At > Window)
        {
            _notes.Dequeue();
        }
    }

    /// <summary>Seconds until the rest is done; null before anything was.</summary>
    public double? RemainingSeconds(double open)
    {
        if (open <= 0)
        {
            return 0;
        }

        if (_notes.Count < 2)
        {
            return null;
        }

        var (first, last) = (_notes.Peek(), _notes.Last());
        return last.Done > first.Done ? open * (last.At - first.At).TotalSeconds / (last.Done - first.Done) : null;
    }
}
