using System.Net;
using Azure;
using Azure.Identity;

namespace PythiaOrleans.Core.Storage;

/// <summary>Turns what storage libraries throw into the project's own exceptions, here, where it is understood.</summary>
internal static class StorageFailure
{
    /// <summary>Runs a request to Azure Blob Storage.</summary>
    /// <exception cref="StoreUnavailableException">The store does not answer, or refuses.</exception>
    /// <exception cref="SourceUnavailableException">The source does not answer.</exception>
    /// <exception cref="AccessDeniedException">The source refuses.</exception>
    public static async Task<T> AzureAsync<T>(string place, BlobRole role, CancellationToken cancellationToken, Func<Task<T>> request)
    {
        try
        {
            return await request().ConfigureAwait(false);
        }
        catch (Exception error) when (FromAzure(error, place, role, cancellationToken) is { } known)
        {
            throw known;
        }
    }

    /// <summary>Runs an operation on the store's folder.</summary>
    /// <exception cref="StoreUnavailableException">The disk is full, away, or may not be written.</exception>
    public static async Task<T> FolderAsync<T>(string place, Func<Task<T>> operation)
    {
        try
        {
            return await operation().ConfigureAwait(false);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw FromFolder(error, place);
        }
    }

    public static StoreUnavailableException FromFolder(Exception error, string place) => new(
        $"The store {place} cannot be used: {error.Message} Check that its disk is there, has room, and may be read and written by this "
            + "user.", error);

    // Null is what is no failure of the storage: a cancelled caller, or a mistake of ours.
    internal static Exception? FromAzure(Exception error, string place, BlobRole role, CancellationToken cancellationToken) => error switch
    {
        OperationCanceledException when cancellationToken.IsCancellationRequested => null,
        AggregateException many when many.Flatten().InnerExceptions.All(inner => inner is OperationCanceledException)
            && cancellationToken.IsCancellationRequested => null,
        AggregateException many => Unavailable(many.Flatten().InnerExceptions[^1], place, role),
        RequestFailedException { Status: (int)HttpStatusCode.Unauthorized or (int)HttpStatusCode.Forbidden } refused =>
            Denied(refused, Code(refused), place, role),
        RequestFailedException { ErrorCode: "ContainerNotFound" or "ContainerBeingDeleted" } absent => Absent(absent, place, role),
        CredentialUnavailableException missing => Denied(missing, "this machine has no Azure identity", place, role),
        RequestFailedException or AuthenticationFailedException or OperationCanceledException => Unavailable(error, place, role),
        TimeoutException or IOException or HttpRequestException =>
            Unavailable(error, place, role),
        _ => null,
    };

    private static Exception Denied(Exception error, string reason, string place, BlobRole role)
    {
        var message = $"{place} refuses access ({reason}). Check {StorageAccount.ConnectionVariable}, or {StorageAccount.NameVariable} "
            + $"with {StorageAccount.SasVariable}, "
            + "or the role of this machine's identity (Storage Blob Data Contributor for a store, Reader for a source).";
        return role == BlobRole.Store ? new StoreUnavailableException(message, error) : new AccessDeniedException(message, error);
    }

    private static Exception Absent(RequestFailedException error, string place, BlobRole role)
    {
        var message = $"{place}: there is no such container ({Code(error)}). Check its name, and which account "
            + $"{StorageAccount.ConnectionVariable} or {StorageAccount.NameVariable} names.";
        return role == BlobRole.Store ? new StoreUnavailableException(message, error) : new AccessDeniedException(message, error);
    }

    private static Exception Unavailable(Exception error, string place, BlobRole role)
    {
        var reason = error switch
        {
            RequestFailedException { Status: > 0 } answered => Code(answered),
            OperationCanceledException or TimeoutException => "no answer in time",
            _ => FirstLine(error.InnerException is HttpRequestException or IOException ? error.InnerException.Message : error.Message),
        };
        var message = $"{place} does not answer: {reason}. Check the address and the network, or wait until the storage is back.";
        return role == BlobRole.Store ? new StoreUnavailableException(message, error) : new SourceUnavailableException(message, error);
    }

    private static string Code(RequestFailedException failed) => $"{failed.Status} {failed.ErrorCode ?? FirstLine(failed.Message)}";

    private static string FirstLine(string text) => text.Split('\n', 2)[0].TrimEnd('\r', '.', ' ');
}
