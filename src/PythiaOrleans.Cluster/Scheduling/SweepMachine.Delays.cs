using PythiaOrleans.Cluster.Contracts;
using PythiaOrleans.Core.Ids;

namespace PythiaOrleans.Cluster.Scheduling;

/// <content>Which shards wait for store or source. Nothing is decided by it: it is what people see of an outage.</content>
internal sealed partial class SweepMachine
{
    private readonly Dictionary<CheckpointId, TaskDelay> _delays = [];

    /// <summary>Shards wait for store or source. They do until they have ended.</summary>
    public void Delay(IEnumerable<TaskDelay> delays)
    {
        foreach (var delay in delays.Where(delay => IsStarted && Counts?.HasEnded(delay.Task.Checkpoint) == false))
        {
            _delays[delay.Task.Checkpoint] = delay;
        }
    }

    /// <summary>How many shards wait.</summary>
    public int DelayedShards => IsStarted ? _delays.Count : 0;

    /// <summary>How many shards wait, since when, and the last error; null where none does.</summary>
    public string? DescribeDelays()
    {
        if (DelayedShards == 0)
        {
            return null;
        }

        var last = _delays.Values.MaxBy(delay => delay.Delays)!;
        return $"{_delays.Count} {(_delays.Count == 1 ? "shard waits" : "shards wait")} for storage or source since "
            + $"{_delays.Values.Min(delay => delay.Since):u} and {(_delays.Count == 1 ? "is" : "are")} tried again; "
            + $"{last.Task.Checkpoint}: {last.Message}";
    }
}
