namespace PythiaOrleans.Cluster.Contracts;

/// <summary>
/// Takes reports in batches, brings each to the owner of its checkpoint, and the owners' answers in batches to dispatcher and
/// coordinators. One a control silo: keys count from 0.
/// </summary>
/// <remarks>
/// It keeps nothing that cannot be lost: a lease whose report was lost runs out, and the next holder finds the results in the store.
/// </remarks>
[Alias("pythia.IReportsGrain")]
public interface IReportsGrain : IGrainWithIntegerKey
{
    /// <summary>
    /// Takes what a worker says of its leases, and returns before the owners have answered. A failure of a lease that the worker has
    /// lost is dropped.
    /// </summary>
    [Alias("Report")]
    Task ReportAsync(string worker, IReadOnlyList<TaskReport> reports);

    /// <summary>Takes what the dispatcher says of tasks that it keeps back for their owners' answer.</summary>
    [Alias("Forward")]
    Task ForwardAsync(IReadOnlyList<TaskReport> reports);
}
