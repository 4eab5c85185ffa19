using System.Collections.Concurrent;

namespace PythiaOrleans.Checkpoints.Sources;

/// <summary>Several leases that end together.</summary>
internal sealed class Leases : IDisposable
{
    private readonly ConcurrentBag<IDisposable> _all = [];

    public void Add(IDisposable? lease)
    {
        if (lease is not null)
        {
            _all.Add(lease);
        }
    }

    public void Dispose()
    {
        while (_all.TryTake(out var lease))
        {
            lease.Dispose();
        }
    }
}
