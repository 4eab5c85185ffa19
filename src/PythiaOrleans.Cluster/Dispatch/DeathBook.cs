using System.Collections.Concurrent;

namespace PythiaOrleans.Cluster;

/// <summary>How often each open task has killed its worker. It outlives the dispatcher that counts.</summary>
/// <remarks>
/// One a process. Orleans' directory gives up every activation that was registered on a silo that dies, wherever it lives: with one death in N it takes the dispatcher along,
/// and a new one on the same silo would count from zero.
/// </remarks>
public sealed class DeathBook
{
    private readonly ConcurrentDictionary<TaskId, int> _deaths = new();

    /// <summary>Deaths so far.</summary>
    public int this[TaskId task] => _deaths.GetValueOrDefault(task);

    /// <summary>Adds one.</summary>
    /// <returns>How many there are now.</returns>
    public int Add(TaskId task) => _deaths.AddOrUpdate(task, 1, (_, deaths) => deaths + 1);

    /// <summary>Forgets a task that has ended.</summary>
    public void Forget(TaskId task) => _deaths.TryRemove(task, out _);
}
