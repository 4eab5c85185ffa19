using System.Text.RegularExpressions;
using Azure;
using Azure.Core;
using Azure.Data.Tables;
using PythiaOrleans.Core.Storage;

namespace PythiaOrleans.Server.Membership;

/// <summary>
/// Tables of an Azure storage account that hold a cluster's membership, reminders and grain directory. The account and its credentials are
/// those of <c>az://</c> stores, so that a cluster needs a storage account and nothing else.
/// </summary>
public static partial class TableAccess
{
    /// <summary>What a cluster's address begins with where tables hold its membership: <c>tables:pythia</c>.</summary>
    public const string Scheme = "tables:";

    private static readonly TimeSpan CheckLimit = TimeSpan.FromSeconds(10);

    /// <summary>The table with the silos.</summary>
    public static string Silos(string prefix) => $"{prefix}silos";

    /// <summary>The table with the marks of running sweeps.</summary>
    internal static string Reminders(string prefix) => $"{prefix}reminders";

    /// <summary>The table that says where each grain lives.</summary>
    internal static string Directory(string prefix) => $"{prefix}directory";

    /// <summary>The account's tables, after they have answered once.</summary>
    /// <param name="prefix">What the names of the cluster's tables begin with.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="ArgumentException">The prefix is none, or nothing says which account.</exception>
    /// <exception cref="InvalidOperationException">The tables do not answer, or refuse.</exception>
    public static async Task<TableServiceClient> OpenAsync(string prefix, CancellationToken cancellationToken)
    {
        if (!Prefix().IsMatch(prefix))
        {
            throw new ArgumentException(
                $"Tables = '{prefix}': expected what the tables' names begin with, 1 to 40 letters and digits, a letter first.");
        }

        await CheckAsync(Client(isProbe: true), Silos(prefix), cancellationToken).ConfigureAwait(false);
        return Client(isProbe: false);
    }

    private static async Task CheckAsync(TableServiceClient client, string table, CancellationToken cancellationToken)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(CheckLimit);
        try
        {
            await client.CreateTableIfNotExistsAsync(table, limit.Token).ConfigureAwait(false);
        }
        catch (Exception error) when (
            error is RequestFailedException or AggregateException or OperationCanceledException
            && !cancellationToken.IsCancellationRequested)
        {
            var reason = error switch
            {
                RequestFailedException { Status: > 0 } refused => $"{refused.Status} {refused.ErrorCode}",
                OperationCanceledException => $"no answer within {CheckLimit.TotalSeconds:0} s",
                _ => error.Message.Split('\n', 2)[0],
            };
            throw new InvalidOperationException(
                $"The table service at {client.Uri.GetLeftPart(UriPartial.Path)} does not do what is asked of it: {reason}. Check "
                    + $"{StorageAccount.ConnectionVariable} or {StorageAccount.NameVariable}, the network, and that the identity has "
                    + "the role 'Storage Table Data Contributor'.",
                error);
        }
    }

    private static TableServiceClient Client(bool isProbe)
    {
        var options = new TableClientOptions();
        options.Retry.MaxRetries = isProbe ? 2 : 4;
        options.Retry.Mode = RetryMode.Exponential;
        options.Retry.NetworkTimeout = TimeSpan.FromSeconds(10);
        return StorageAccount.Open(
            "table",
            connection => new TableServiceClient(connection, options),
            (account, sas) => new TableServiceClient(account, sas, options),
            (account, identity) => new TableServiceClient(account, identity, options));
    }

    [GeneratedRegex(@"\A[A-Za-z][A-Za-z0-9]{0,39}\z")]
    private static partial Regex Prefix();
}
