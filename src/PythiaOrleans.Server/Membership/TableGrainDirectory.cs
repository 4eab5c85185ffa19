using System.Globalization;
using Azure;
using Azure.Data.Tables;
using Orleans;
using Orleans.GrainDirectory;
using Orleans.Runtime;

namespace PythiaOrleans.Server.Membership;

/// <summary>
/// The grain directory in an Azure table: a row for each activation, written only if no other silo has written it meanwhile.
/// </summary>
/// <remarks>
/// Orleans' own provider for tables is on no feed in the version that the product uses. With Orleans' in-memory directory a part of the
/// entries lies on every silo: the death or hang of a worker would take coordinators along.
/// </remarks>
/// <param name="table">The table.</param>
/// <param name="clusterId">Whose entries these are.</param>
internal sealed class TableGrainDirectory(TableClient table, string clusterId) : IGrainDirectory, ILifecycleParticipant<ISiloLifecycle>
{
    private const int Partitions = 64; // one partition answers some 2,000 requests in a second

    /// <inheritdoc />
    public async Task<GrainAddress?> Lookup(GrainId grainId) =>
        await FindAsync(grainId).ConfigureAwait(false) is { } row ? AddressOf(grainId, row) : null;

    /// <inheritdoc />
    public Task<GrainAddress?> Register(GrainAddress address) => Register(address, null);

    /// <inheritdoc />
    public async Task<GrainAddress?> Register(GrainAddress address, GrainAddress? previousAddress)
    {
        while (true)
        {
            var found = await FindAsync(address.GrainId).ConfigureAwait(false);
            var registered = found is null ? null : AddressOf(address.GrainId, found);
            if (registered is not null && (previousAddress is null || !registered.Matches(previousAddress)))
            {
                return registered;
            }

            if (await TryWriteAsync(address, found?.ETag).ConfigureAwait(false))
            {
                return address;
            }
        }
    }

    /// <inheritdoc />
    public async Task Unregister(GrainAddress address)
    {
        if (await FindAsync(address.GrainId).ConfigureAwait(false) is { } row && AddressOf(address.GrainId, row).Matches(address))
        {
            try
            {
                await table.DeleteEntityAsync(row.PartitionKey, row.RowKey, row.ETag).ConfigureAwait(false);
            }
            catch (RequestFailedException error) when (error.Status is 404 or 412)
            {
                // Another activation has registered meanwhile, or the row is gone.
            }
        }
    }

    /// <inheritdoc />
    public Task UnregisterSilos(List<SiloAddress> siloAddresses) => Task.CompletedTask; // rows of dead silos are dropped when they are met

    /// <inheritdoc />
    public void Participate(ISiloLifecycle lifecycle) => lifecycle.Subscribe(
        nameof(TableGrainDirectory), ServiceLifecycleStage.RuntimeInitialize,
        async cancellationToken => await table.CreateIfNotExistsAsync(cancellationToken).ConfigureAwait(false));

    private static string RowKey(GrainId grain) => Uri.EscapeDataString(grain.ToString());

    private static GrainAddress AddressOf(GrainId grain, TableEntity row) => new()
    {
        GrainId = grain,
        ActivationId = ActivationId.FromParsableString(row.GetString(nameof(GrainAddress.ActivationId))),
        SiloAddress = SiloAddress.FromParsableString(row.GetString(nameof(GrainAddress.SiloAddress))),
        MembershipVersion = new MembershipVersion(row.GetInt64(nameof(GrainAddress.MembershipVersion)) ?? 0),
    };

    private string PartitionKey(GrainId grain) =>
        string.Create(
            CultureInfo.InvariantCulture, $"{Uri.EscapeDataString(clusterId)}-{(uint)grain.GetUniformHashCode() % Partitions:00}");

    private async Task<TableEntity?> FindAsync(GrainId grain)
    {
        var found = await table.GetEntityIfExistsAsync<TableEntity>(PartitionKey(grain), RowKey(grain)).ConfigureAwait(false);
        return found.HasValue ? found.Value : null;
    }

    private async Task<bool> TryWriteAsync(GrainAddress address, ETag? replaced)
    {
        var row = new TableEntity(PartitionKey(address.GrainId), RowKey(address.GrainId))
        {
            [nameof(GrainAddress.ActivationId)] = address.ActivationId.ToParsableString(),
            [nameof(GrainAddress.SiloAddress)] = address.SiloAddress!.ToParsableString(),
            [nameof(GrainAddress.MembershipVersion)] = address.MembershipVersion.Value,
        };
        try
        {
            await (replaced is { } tag
                ? table.UpdateEntityAsync(row, tag, TableUpdateMode.Replace)
                : table.AddEntityAsync(row)).ConfigureAwait(false);
            return true;
        }
        catch (RequestFailedException error) when (error.Status is 404 or 409 or 412)
        {
            return false; // another silo was faster: look again
        }
    }
}
