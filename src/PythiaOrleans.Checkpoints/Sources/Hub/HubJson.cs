using System.Text.Json;
using PythiaOrleans.Core.Storage;

namespace PythiaOrleans.Checkpoints.Sources.Hub;

/// <summary>Reads the JSON that a hub answers with.</summary>
internal static class HubJson
{
    // A page of a tree has at most 1,000 entries of some 300 bytes, a repository some thousands of branches.
    private const int MaxBytes = 16 << 20;

    /// <summary>The body, as <paramref name="parse"/> reads it.</summary>
    /// <param name="response">The answer.</param>
    /// <param name="url">Where it came from.</param>
    /// <param name="expected">What the hub sends there, for messages.</param>
    /// <param name="parse">Reads the root element.</param>
    /// <param name="cancellationToken">Cancels.</param>
    /// <exception cref="SourceUnavailableException">The body is not what a hub sends.</exception>
    /// <exception cref="AccessDeniedException">A web page came: a proxy or a login stands between this machine and the hub.</exception>
    public static async Task<T> ReadAsync<T>(
        HttpResponseMessage response, Uri url, string expected, Func<JsonElement, T> parse, CancellationToken cancellationToken)
    {
        if (response.Content.Headers.ContentType?.MediaType is "text/html" or "application/xhtml+xml")
        {
            throw new AccessDeniedException(
                $"{url}: expected {expected}, found a web page. A proxy or a login page answers instead of the hub, or "
                    + "HF_ENDPOINT is no hub.");
        }

        try
        {
            using var document = JsonDocument.Parse(await ReadBodyAsync(response, cancellationToken).ConfigureAwait(false));
            return parse(document.RootElement);
        }
        catch (Exception error) when (
            error is JsonException or KeyNotFoundException or InvalidOperationException or FormatException or InvalidDataException)
        {
            throw new SourceUnavailableException(
                $"{url}: expected {expected}, found something else ({error.Message}). Is HF_ENDPOINT a hub?", error);
        }
    }

    private static async Task<byte[]> ReadBodyAsync(HttpResponseMessage response, CancellationToken cancellationToken)
    {
        using var buffer = new MemoryStream();
        await using var stream = await response.Content.OpenBodyAsync(cancellationToken).ConfigureAwait(false);
        var part = new byte[1 << 16];
        while (await stream.ReadAsync(part, cancellationToken).ConfigureAwait(false) is var read and > 0)
        {
            await buffer.WriteAsync(part.AsMemory(0, read), cancellationToken).ConfigureAwait(false);
            if (buffer.Length > MaxBytes)
            {
                throw new InvalidDataException($"more than {MaxBytes} bytes");
            }
        }

        return buffer.ToArray();
    }
}
