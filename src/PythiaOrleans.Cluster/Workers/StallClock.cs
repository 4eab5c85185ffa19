using PythiaOrleans.Cluster.Contracts;

namespace PythiaOrleans.Cluster.Workers;

/// <summary>Since when the tasks of a worker have made no progress. The time is any monotonic duration.</summary>
/// <param name="limitOf">How long a task may take from one sign of progress to the next.</param>
/// <param name="grace">How long one that was asked to stop may take to do so.</param>
internal sealed class StallClock(Func<HeldTask, TimeSpan> limitOf, TimeSpan grace)
{
    private readonly Dictionary<HeldTask, Watched> _watched = [];

    /// <summary>The longest time since one of the tasks was begun.</summary>
    public TimeSpan OldestAge { get; private set; }

    /// <summary>Looks at every task that a worker holds.</summary>
    /// <param name="held">The tasks in its slots.</param>
    /// <param name="fetched">What the runner says of fetching a task.</param>
    /// <param name="now">The time.</param>
    /// <returns>Those to be stopped, and those that did not stop although they were asked to, each with the time without
    /// progress.</returns>
    public (IReadOnlyList<(HeldTask Task, TimeSpan Silent)> Stalled, IReadOnlyList<(HeldTask Task, TimeSpan Silent)> Abandoned) Look(
        IReadOnlyCollection<HeldTask> held, Func<TaskId, long> fetched, TimeSpan now)
    {
        foreach (var gone in _watched.Keys.Except(held).ToArray())
        {
            _watched.Remove(gone);
        }

        var stalled = new List<(HeldTask, TimeSpan)>();
        var abandoned = new List<(HeldTask, TimeSpan)>();
        var oldest = TimeSpan.Zero;
        foreach (var task in held.Where(task => task.Stage != TaskStage.Waiting || _watched.ContainsKey(task)))
        {
            var watched = See(task, fetched(task.Lease.Task), now);
            oldest = now - watched.Begun > oldest ? now - watched.Begun : oldest;
            var silent = now - watched.ProgressAt;
            if (task.IsStalled && now - watched.StalledAt >= grace)
            {
                abandoned.Add((task, silent));
            }
            else if (!task.IsStalled && task.Stage != TaskStage.Waiting && silent >= limitOf(task))
            {
                watched.StalledAt = now;
                stalled.Add((task, silent));
            }
        }

        OldestAge = oldest;
        return (stalled, abandoned);
    }

    private Watched See(HeldTask task, long fetched, TimeSpan now)
    {
        var progress = task.Progress(fetched);
        if (!_watched.TryGetValue(task, out var watched))
        {
            _watched.Add(task, watched = new Watched { Begun = now, Progress = progress, ProgressAt = now });
        }
        else if (watched.Progress != progress)
        {
            (watched.Progress, watched.ProgressAt) = (progress, now);
        }

        return watched;
    }

    private sealed class Watched
    {
        public TimeSpan Begun { get; init; }

        public (TaskStage Stage, long Amount) Progress { get; set; }

        public TimeSpan ProgressAt { get; set; }

        public TimeSpan StalledAt { get; set; }
    }
}
