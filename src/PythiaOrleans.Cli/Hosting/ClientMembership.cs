using Azure.Data.Tables;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Hosting;
using Orleans.Hosting;
using PythiaOrleans.Server.Configuration;
using PythiaOrleans.Server.Membership;

namespace PythiaOrleans.Cli.Hosting;

/// <summary>Where a client finds the silos of a cluster: Redis, or tables of a storage account.</summary>
internal sealed class ClientMembership
{
    private readonly string _address;
    private readonly TableServiceClient? _tables;
    private readonly SiloTls? _tls;

    private ClientMembership(string address, TableServiceClient? tables, SiloTls? tls) =>
        (_address, _tables, _tls) = (address, tables, tls);

    /// <summary>For people, without passwords.</summary>
    public string Place => _tables is not null
        ? $"the tables '{Prefix}...' at {_tables.Uri.GetLeftPart(UriPartial.Path)}"
        : $"Redis at {string.Join(", ", RedisGuard.Parse(_address).EndPoints)}";

    private string Prefix => _address[TableAccess.Scheme.Length..];

    /// <summary>Looks whether it answers, within seconds.</summary>
    /// <param name="address">Redis as StackExchange.Redis writes it, or <c>tables:PREFIX</c>.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="ArgumentException">The address is none.</exception>
    /// <exception cref="InvalidOperationException">It does not answer, or refuses.</exception>
    public static async Task<ClientMembership> OpenAsync(string address, CancellationToken cancellationToken)
    {
        var tls = SiloTls.Load(ReadTls());
        if (address.StartsWith(TableAccess.Scheme, StringComparison.OrdinalIgnoreCase))
        {
            var tables = await TableAccess.OpenAsync(address[TableAccess.Scheme.Length..], cancellationToken);
            return new ClientMembership(address, tables, tls);
        }

        await RedisGuard.CheckAnswersAsync(RedisGuard.Parse(address, tls), cancellationToken);
        return new ClientMembership(address, null, tls);
    }

    /// <summary>Tells a client where the silos are.</summary>
    public void AddTo(IClientBuilder client)
    {
        _tls?.AddTo(client);
        if (_tables is not null)
        {
            client.UseAzureStorageClustering(
                gateways => (gateways.TableName, gateways.TableServiceClient) = (TableAccess.Silos(Prefix), _tables));
        }
        else
        {
            client.UseRedisClustering(clustering => clustering.ConfigurationOptions = RedisGuard.Parse(_address, _tls));
        }
    }

    // The same variables as a silo's.
    private static SiloTlsOptions ReadTls() => new ConfigurationBuilder().AddEnvironmentVariables("PYTHIA__").Build()
        .GetSection(nameof(PythiaOptions.Tls)).Get<SiloTlsOptions>() ?? new SiloTlsOptions();
}
