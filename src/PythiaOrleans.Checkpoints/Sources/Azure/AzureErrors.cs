using Azure;
using PythiaOrleans.Core.Storage;

namespace PythiaOrleans.Checkpoints.Sources.Azure;

/// <summary>Says what an error of blob storage means for the checkpoints of a container.</summary>
internal static class AzureErrors
{
    private const string Credentials =
        "Check AZURE_STORAGE_CONNECTION_STRING, or AZURE_STORAGE_ACCOUNT with AZURE_STORAGE_SAS_TOKEN, or that the identity has the role Storage Blob Data Reader.";

    /// <summary>Runs a request; its errors come out as whose fault they are.</summary>
    /// <exception cref="AccessDeniedException">The account, the key or the role does not permit it, or there is no such container.</exception>
    /// <exception cref="SourceUnavailableException">Blob storage does not answer, or not now.</exception>
    public static async Task<T> TranslateAsync<T>(string place, Func<Task<T>> request, CancellationToken cancellationToken)
    {
        try
        {
            return await request().ConfigureAwait(false);
        }
        catch (Exception error) when (!cancellationToken.IsCancellationRequested && Translate(place, error) is { } translated)
        {
            throw translated;
        }
    }

    private static Exception? Translate(string place, Exception error) => error switch
    {
        RequestFailedException { Status: 401 or 403 } refused =>
            new AccessDeniedException($"{place}: blob storage answered {refused.Status} ({refused.ErrorCode}). {Credentials}", error),
        RequestFailedException { ErrorCode: "ContainerNotFound" or "AccountIsDisabled" or "InvalidResourceName" } refused => new AccessDeniedException(
            $"{place}: blob storage answered {refused.Status} ({refused.ErrorCode}). Check the container's name and the account.", error),
        RequestFailedException { Status: >= 400 and < 500 and not (408 or 409 or 412 or 429) } refused =>
            new AccessDeniedException($"{place}: blob storage answered {refused.Status} ({refused.ErrorCode}). {Credentials}", error),
        RequestFailedException failed => new SourceUnavailableException(
            failed.Status == 0
                ? $"{place}: blob storage does not answer ({failed.GetBaseException().Message})."
                : $"{place}: blob storage answered {failed.Status} ({failed.ErrorCode}).",
            error),
        // Azure.Core collects the errors of all its attempts.
        AggregateException many => new SourceUnavailableException(
            $"{place}: blob storage does not answer after {many.InnerExceptions.Count} attempts ({many.InnerExceptions[^1].Message}).", error),
        StoreUnavailableException or TimeoutException or OperationCanceledException or HttpRequestException =>
            new SourceUnavailableException($"{place}: blob storage does not answer ({error.Message}).", error),
        // Azure.Identity found nobody to ask for a token; its exception types are another package's.
        _ when error.GetType().Namespace == "Azure.Identity" => new AccessDeniedException($"{place}: no identity ({error.Message}). {Credentials}", error),
        _ => null,
    };
}
