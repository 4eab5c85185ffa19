using Orleans.Runtime;
using Orleans.Runtime.MembershipService.SiloMetadata;

namespace PythiaOrleans.Cluster.Placement;

/// <summary>Which silos keep the books.</summary>
internal sealed class ControlSilos(ISiloStatusOracle silos, ISiloMetadataCache metadata, ILocalSiloDetails local)
{
    public const string RoleKey = "pythia.role";
    public const string ControlRole = "control";
    public const string WorkerRole = "worker";

    private static readonly TimeSpan MaxWait = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan LookEvery = TimeSpan.FromMilliseconds(500);

    /// <summary>Whether a silo is one of them, as far as it is known here.</summary>
    public bool Contains(SiloAddress silo) => metadata.GetSiloMetadata(silo).Metadata.GetValueOrDefault(RoleKey) == ControlRole;

    /// <summary>How many of them are up.</summary>
    public int Count => silos.GetApproximateSiloStatuses(onlyActive: true).Keys.Count(Contains);

    /// <summary>Whether one of them is up.</summary>
    public bool IsOneUp => silos.GetApproximateSiloStatuses(onlyActive: true).Keys.Any(Contains);

    /// <summary>
    /// Waits for one. The first call of a worker places the dispatcher; while a cluster starts, it should not be placed on the worker
    /// because the control silo comes a moment later.
    /// </summary>
    public async Task WaitForControlSiloAsync(TimeProvider time, CancellationToken stopping)
    {
        var started = time.GetTimestamp();
        while (!IsOneUp && !stopping.IsCancellationRequested && time.GetElapsedTime(started) < MaxWait)
        {
            await Task.Delay(LookEvery, time, stopping).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    /// <summary>Whether a grain that keeps books lives here only because there was no control silo, and now there is one.</summary>
    public bool ShouldMigrate => !Contains(local.SiloAddress) && IsOneUp;
}
