using Orleans.GrainDirectory;
using Orleans.Runtime;

namespace PythiaOrleans.Server.Membership;

/// <summary>A grain directory without entries of silos that are no members.</summary>
/// <remarks>
/// Orleans takes an entry for one of a silo that it does not know yet where the entry is of a later membership version than the table. A
/// Redis that was emptied starts a new membership table, and silos of the old cluster may have written entries before they left: those
/// would be believed without end, and every call to such a grain would wait in vain. Membership is asked again before an entry is dropped.
/// What Redis or tables throw when they are away reaches clients as an error of the cluster, which passes: they know no other.
/// </remarks>
/// <param name="directory">The entries.</param>
/// <param name="membership">Who is a member.</param>
internal sealed class MembersGrainDirectory(IGrainDirectory directory, IClusterMembershipService membership)
    : IGrainDirectory, ILifecycleParticipant<ISiloLifecycle>
{
    /// <inheritdoc />
    public async Task<GrainAddress?> Lookup(GrainId grainId)
    {
        var found = await AskAsync(() => directory.Lookup(grainId)).ConfigureAwait(false);
        if (found is null || await IsMemberAsync(found.SiloAddress).ConfigureAwait(false))
        {
            return found;
        }

        await Unregister(found).ConfigureAwait(false);
        return null;
    }

    /// <inheritdoc />
    public Task<GrainAddress?> Register(GrainAddress address) => Register(address, null);

    /// <inheritdoc />
    public async Task<GrainAddress?> Register(GrainAddress address, GrainAddress? previousAddress)
    {
        var registered = await AskAsync(() => directory.Register(address, previousAddress)).ConfigureAwait(false);
        return registered is null || registered.Matches(address) || await IsMemberAsync(registered.SiloAddress).ConfigureAwait(false)
            ? registered
            : await AskAsync(() => directory.Register(address, registered)).ConfigureAwait(false);
    }

    /// <inheritdoc />
    public Task Unregister(GrainAddress address) => AskAsync(async () =>
    {
        await directory.Unregister(address).ConfigureAwait(false);
        return true;
    });

    /// <inheritdoc />
    public Task UnregisterSilos(List<SiloAddress> siloAddresses) => directory.UnregisterSilos(siloAddresses);

    /// <inheritdoc />
    public void Participate(ISiloLifecycle lifecycle) => (directory as ILifecycleParticipant<ISiloLifecycle>)?.Participate(lifecycle);

    private static async Task<T> AskAsync<T>(Func<Task<T>> ask)
    {
        try
        {
            return await ask().ConfigureAwait(false);
        }
        catch (Exception error) when (error is not (OrleansException or OperationCanceledException))
        {
            throw new OrleansException($"The cluster's grain directory does not answer: {error.Message.Split('\n', 2)[0]}");
        }
    }

    private async ValueTask<bool> IsMemberAsync(SiloAddress? silo)
    {
        if (silo is null || membership.CurrentSnapshot.Members.ContainsKey(silo))
        {
            return true; // dead members are Orleans' to tell
        }

        await membership.Refresh().ConfigureAwait(false);
        return membership.CurrentSnapshot.Members.ContainsKey(silo);
    }
}
