using System.Text.RegularExpressions;
using Azure;
using Azure.Core;
using Azure.Identity;

namespace PythiaOrleans.Core.Storage;

/// <summary>
/// The storage account that the environment names, for each of its services: a connection string, else an account with a SAS, else an
/// account with the identity of the machine, the cluster or the developer.
/// </summary>
internal static partial class StorageAccount
{
    internal const string ConnectionVariable = "AZURE_STORAGE_CONNECTION_STRING";
    internal const string NameVariable = "AZURE_STORAGE_ACCOUNT";
    internal const string SasVariable = "AZURE_STORAGE_SAS_TOKEN";

    /// <summary>Makes a service's client. Nothing is sent yet.</summary>
    /// <param name="service">The service in the account's host name: <c>blob</c>, <c>table</c>.</param>
    /// <param name="byConnection">From a connection string.</param>
    /// <param name="bySas">From the service's address and a SAS.</param>
    /// <param name="byIdentity">From the service's address and an identity.</param>
    /// <exception cref="ArgumentException">Nothing says which account, or the connection string makes no sense.</exception>
    public static T Open<T>(
        string service, Func<string, T> byConnection, Func<Uri, AzureSasCredential, T> bySas, Func<Uri, TokenCredential, T> byIdentity)
    {
        if (Environment.GetEnvironmentVariable(ConnectionVariable) is { Length: > 0 } connection)
        {
            return Connect(connection, byConnection);
        }

        var account = Environment.GetEnvironmentVariable(NameVariable);
        if (string.IsNullOrEmpty(account) || !AccountName().IsMatch(account))
        {
            throw new ArgumentException(
                $"Nothing says which storage account: set {ConnectionVariable}, or {NameVariable} (3 to 24 lower-case letters and "
                    + $"digits) with or without {SasVariable}.");
        }

        var uri = new Uri($"https://{account}.{service}.core.windows.net");
        return Environment.GetEnvironmentVariable(SasVariable) is { Length: > 0 } sas
            ? bySas(uri, new AzureSasCredential(sas.TrimStart('?')))
            : byIdentity(uri, CreateIdentity());
    }

    /// <summary>The identity of the machine, the cluster or the developer.</summary>
    public static TokenCredential CreateIdentity() => new DefaultAzureCredential();

    // Not the text itself: it holds a key.
    private static T Connect<T>(string connection, Func<string, T> byConnection)
    {
        try
        {
            return byConnection(connection);
        }
        catch (Exception error) when (error is FormatException or ArgumentException or InvalidOperationException)
        {
            throw new ArgumentException(
                $"{ConnectionVariable}: expected a storage account's connection string (AccountName=...;AccountKey=...;...), found one "
                    + $"that makes no sense ({error.Message.TrimEnd('.')}).",
                error);
        }
    }

    [GeneratedRegex(@"\A[a-z0-9]{3,24}\z")]
    private static partial Regex AccountName();
}
