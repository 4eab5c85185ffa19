using System.Collections.Concurrent;
using System.Collections.Immutable;
using PythiaOrleans.Cluster.Contracts;

namespace PythiaOrleans.Cluster.Scheduling;

/// <summary>How often each open task has killed its worker. It outlives the dispatcher that counts.</summary>
/// <remarks>
/// One a process. Orleans' directory gives up every activation that was registered on a silo that dies, wherever it lives: with one death in N it takes the dispatcher along,
/// and a new one on the same silo would count from zero. A part of a shard has a count of its own: its siblings did nothing.
/// </remarks>
public sealed class WorkerDeathCounter
{
    // By shard, because a shard ends as a whole; then by part.
    private readonly ConcurrentDictionary<TaskId, ImmutableDictionary<int, int>> _deaths = new();

    /// <summary>Deaths so far.</summary>
    public int this[TaskId task] => _deaths.TryGetValue(task.Whole, out var parts) ? parts.GetValueOrDefault(task.Part) : 0;

    /// <summary>Adds one.</summary>
    /// <returns>How many there are now.</returns>
    public int Add(TaskId task) => _deaths.AddOrUpdate(
        task.Whole, _ => ImmutableDictionary<int, int>.Empty.Add(task.Part, 1), (_, parts) => parts.SetItem(task.Part, parts.GetValueOrDefault(task.Part) + 1))[task.Part];

    /// <summary>A shard that was divided is asked for as a whole again: it has killed as often as the worst of its parts, or the killer among them would start from zero.</summary>
    /// <returns>How many deaths that is.</returns>
    public int Rejoin(TaskId whole)
    {
        while (_deaths.TryGetValue(whole, out var parts))
        {
            var worst = parts.Values.Max();
            if (_deaths.TryUpdate(whole, ImmutableDictionary<int, int>.Empty.Add(0, worst), parts))
            {
                return worst;
            }
        }

        return 0;
    }

    /// <summary>Forgets a shard that has ended.</summary>
    public void Forget(TaskId task) => _deaths.TryRemove(task.Whole, out _);
}
