using System.Text.Json;
using PythiaOrleans.Checkpoints.Cache;
using PythiaOrleans.Core.Ids;
using PythiaOrleans.Core.Storage;

namespace PythiaOrleans.Checkpoints.Sources.Hub;

/// <summary>Reads one page of a revision's tree.</summary>
internal static class HubTree
{
    // A page has at most 1,000 entries of some 300 bytes.
    private const int MaxPageBytes = 16 << 20;

    /// <summary>The files of a page whose names and digests are legal; folders are left out.</summary>
    /// <exception cref="SourceUnavailableException">The body is not what a hub sends.</exception>
    /// <exception cref="AccessDeniedException">A web page came: a proxy or a login stands between this machine and the hub.</exception>
    public static async Task<IReadOnlyList<HubFile>> ReadAsync(HttpResponseMessage response, Uri url, CancellationToken cancellationToken)
    {
        if (response.Content.Headers.ContentType?.MediaType is "text/html" or "application/xhtml+xml")
        {
            throw new AccessDeniedException(
                $"{url}: expected a JSON list of files, found a web page. A proxy or a login page answers instead of the hub, or "
                    + "HF_ENDPOINT is no hub.");
        }

        try
        {
            return Parse(await ReadBodyAsync(response, url, cancellationToken).ConfigureAwait(false));
        }
        catch (Exception error) when (
            error is JsonException or KeyNotFoundException or InvalidOperationException or FormatException or InvalidDataException)
        {
            throw new SourceUnavailableException(
                $"{url}: expected a JSON list of files with path, size and oid, found something else ({error.Message}). Is HF_ENDPOINT "
                    + "a hub?", error);
        }
    }

    private static async Task<byte[]> ReadBodyAsync(HttpResponseMessage response, Uri url, CancellationToken cancellationToken)
    {
        using var buffer = new MemoryStream();
        await using var stream = await response.Content.OpenBodyAsync(cancellationToken).ConfigureAwait(false);
        var part = new byte[1 << 16];
        while (await stream.ReadAsync(part, cancellationToken).ConfigureAwait(false) is var read and > 0)
        {
            await buffer.WriteAsync(part.AsMemory(0, read), cancellationToken).ConfigureAwait(false);
            if (buffer.Length > MaxPageBytes)
            {
                throw new InvalidDataException($"more than {MaxPageBytes} bytes");
            }
        }

        return buffer.ToArray();
    }

    private static List<HubFile> Parse(byte[] json)
    {
        using var document = JsonDocument.Parse(json);
        var files = new List<HubFile>();
        foreach (var entry in document.RootElement.EnumerateArray())
        {
            var name = entry.GetProperty("path").GetString()!;
            var large = entry.TryGetProperty("lfs", out var lfs) && lfs.ValueKind == JsonValueKind.Object;
            var id = (large ? lfs : entry).GetProperty("oid").GetString()!;
            // Names become paths of the cache, and so do ids.
            if (entry.GetProperty("type").GetString() == "file" && Identifier.IsValid(name) && BlobDigest.IsDigest(id))
            {
                files.Add(new HubFile(name, (large ? lfs : entry).GetProperty("size").GetInt64(), id));
            }
        }

        return files;
    }
}
