using Orleans.Runtime;
using Orleans.Runtime.MembershipService.SiloMetadata;

namespace PythiaOrleans.Cluster;

/// <summary>Which silos keep the books.</summary>
internal sealed class ControlSilos(ISiloStatusOracle silos, ISiloMetadataCache metadata, ILocalSiloDetails local)
{
    public const string RoleKey = "pythia.role";
    public const string ControlRole = "control";
    public const string WorkerRole = "worker";

    /// <summary>Whether a silo is one of them, as far as it is known here.</summary>
    public bool Contains(SiloAddress silo) => metadata.GetSiloMetadata(silo).Metadata.GetValueOrDefault(RoleKey) == ControlRole;

    /// <summary>Whether one of them is up.</summary>
    public bool IsOneUp => silos.GetApproximateSiloStatuses(onlyActive: true).Keys.Any(Contains);

    /// <summary>Whether a grain that keeps books lives here only because there was no control silo, and now there is one.</summary>
    public bool IsGuestHere => !Contains(local.SiloAddress) && IsOneUp;
}
