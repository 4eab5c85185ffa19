using System.Text.Json;
using PythiaOrleans.Core.Ids;

namespace PythiaOrleans.Checkpoints.Sources.Hub;

/// <summary>Reads the list of a repository's branches and tags.</summary>
internal static class HubRefs
{
    private const string Expected = "JSON with the repository's branches and tags";

    /// <summary>Their names, as far as they are legal, each with its commit; empty where the hub does not say which.</summary>
    public static Task<IReadOnlyDictionary<string, string>> ReadAsync(
        HttpResponseMessage response, Uri url, CancellationToken cancellationToken) =>
        HubJson.ReadAsync(response, url, Expected, Parse, cancellationToken);

    /// <summary>Whether a name can be part of an address and of a path.</summary>
    public static bool IsLegal(string name) => Array.TrueForAll(name.Split('/'), Identifier.IsValid);

    private static IReadOnlyDictionary<string, string> Parse(JsonElement root)
    {
        var commits = new SortedDictionary<string, string>(StringComparer.Ordinal);
        foreach (var (name, commit) in List(root, "branches").Concat(List(root, "tags")).Where(entry => IsLegal(entry.Name)))
        {
            commits.TryAdd(name, commit);
        }

        return commits;
    }

    private static IEnumerable<(string Name, string Commit)> List(JsonElement root, string kind) => root.TryGetProperty(kind, out var list)
        ? list.EnumerateArray().Select(entry => (
            entry.GetProperty("name").GetString()!,
            entry.TryGetProperty("targetCommit", out var commit) ? commit.GetString() ?? "" : ""))
        : [];
}
