using System.Collections.Concurrent;

namespace PythiaOrleans.Core.Sweeps;

/// <summary>
/// Counts the changes that this process made below each folder of a store, so that a cached answer knows when it is out of date.
/// </summary>
internal sealed class ChangeCounter
{
    private readonly ConcurrentDictionary<string, long> _changes = new(StringComparer.Ordinal);

    public long Read(string folder) => _changes.GetValueOrDefault(folder);

    public void Add(string folder) => _changes.AddOrUpdate(folder, 1, (_, count) => count + 1);
}
