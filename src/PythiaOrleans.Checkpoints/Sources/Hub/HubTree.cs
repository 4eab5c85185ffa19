using System.Text.Json;
using PythiaOrleans.Checkpoints.Cache;
using PythiaOrleans.Core.Ids;
using PythiaOrleans.Core.Storage;

namespace PythiaOrleans.Checkpoints.Sources.Hub;

/// <summary>Reads one page of a revision's tree.</summary>
internal static class HubTree
{
    private const string Expected = "a JSON list of files with path, size and oid";

    /// <summary>The files of a page whose names and digests are legal; folders are left out.</summary>
    /// <param name="response">The answer.</param>
    /// <param name="url">Where it came from.</param>
    /// <param name="folder">The folder that was asked for, empty at the top: files are named without it.</param>
    /// <param name="cancellationToken">Cancels.</param>
    /// <exception cref="SourceUnavailableException">The body is not what a hub sends.</exception>
    /// <exception cref="AccessDeniedException">A web page came: a proxy or a login stands between this machine and the hub.</exception>
    public static Task<List<HubFile>> ReadAsync(
        HttpResponseMessage response, Uri url, string folder, CancellationToken cancellationToken) =>
        HubJson.ReadAsync(response, url, Expected, root => Parse(root, folder.Length == 0 ? "" : $"{folder}/"), cancellationToken);

    private static List<HubFile> Parse(JsonElement root, string prefix)
    {
        var files = new List<HubFile>();
        foreach (var entry in root.EnumerateArray())
        {
            var path = entry.GetProperty("path").GetString()!;
            var large = entry.TryGetProperty("lfs", out var lfs) && lfs.ValueKind == JsonValueKind.Object;
            var id = (large ? lfs : entry).GetProperty("oid").GetString()!;
            // Names become paths of the cache, and so do ids.
            if (entry.GetProperty("type").GetString() == "file"
                && path.StartsWith(prefix, StringComparison.Ordinal)
                && path[prefix.Length..] is var name
                && Identifier.IsValid(name)
                && BlobDigest.IsDigest(id))
            {
                files.Add(new HubFile(name, (large ? lfs : entry).GetProperty("size").GetInt64(), id));
            }
        }

        return files;
    }
}
