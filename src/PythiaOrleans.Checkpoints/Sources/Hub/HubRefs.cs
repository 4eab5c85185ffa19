using System.Text.Json;
using PythiaOrleans.Core.Ids;

namespace PythiaOrleans.Checkpoints.Sources.Hub;

/// <summary>Reads the list of a repository's branches and tags.</summary>
internal static class HubRefs
{
    private const string Expected = "JSON with the repository's branches and tags";

    /// <summary>Their names, as far as they are legal, in ordinal order.</summary>
    public static Task<IReadOnlyList<string>> ReadAsync(HttpResponseMessage response, Uri url, CancellationToken cancellationToken) =>
        HubJson.ReadAsync(response, url, Expected, Parse, cancellationToken);

    /// <summary>Whether a name can be part of an address and of a path.</summary>
    public static bool IsLegal(string name) => Array.TrueForAll(name.Split('/'), Identifier.IsValid);

    private static IReadOnlyList<string> Parse(JsonElement root) =>
    [
        .. Names(root, "branches").Concat(Names(root, "tags")).Where(IsLegal).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)
    ];

    private static IEnumerable<string> Names(JsonElement root, string kind) => root.TryGetProperty(kind, out var list)
        ? list.EnumerateArray().Select(entry => entry.GetProperty("name").GetString()!)
        : [];
}
