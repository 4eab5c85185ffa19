using PythiaOrleans.Core.Sweeps;

namespace PythiaOrleans.Cluster.Workers;

/// <summary>The order of kinds of failure.</summary>
internal static class FailureKinds
{
    /// <summary>Of several failures in one task the one that can be retried decides: trying again settles the others too.</summary>
    /// <param name="kinds">At least one.</param>
    public static FailureKind MostSevere(IEnumerable<FailureKind> kinds) => kinds.MaxBy(kind => kind switch
    {
        FailureKind.Infrastructure => 3,
        FailureKind.Transient => 2,
        FailureKind.WorkerDied => 1,
        _ => 0,
    });
}
