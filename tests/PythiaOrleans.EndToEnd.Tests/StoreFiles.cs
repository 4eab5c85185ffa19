using System.Security.Cryptography;
using System.Text.Json;

namespace PythiaOrleans.EndToEnd.Tests;

/// <summary>What a store holds, as an outsider sees it.</summary>
internal static class StoreFiles
{
    /// <summary>The digests of all results and series, by their path inside the store.</summary>
    public static SortedDictionary<string, string> Digests(string store)
    {
        var digests = new SortedDictionary<string, string>(StringComparer.Ordinal);
        foreach (var folder in new[] { "results", "series" }.Select(name => Path.Combine(store, name)).Where(Directory.Exists))
        {
            foreach (var file in Directory.EnumerateFiles(folder, "*.parquet", SearchOption.AllDirectories))
            {
                digests[Path.GetRelativePath(store, file)] = Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(file)));
            }
        }

        return digests;
    }

    /// <summary>When each result was written.</summary>
    public static SortedDictionary<string, DateTime> Times(string store) => new(
        Directory.EnumerateFiles(
            Path.Combine(store, "results"), "*.parquet", SearchOption.AllDirectories).ToDictionary(file => file, File.GetLastWriteTimeUtc),
        StringComparer.Ordinal);

    /// <summary>Which attempt made each result.</summary>
    public static IReadOnlyList<int> Attempts(string store) =>
    [
        .. Directory.EnumerateFiles(Path.Combine(store, "results"), "*.run.json", SearchOption.AllDirectories)
            .Select(file => JsonDocument.Parse(File.ReadAllText(file)).RootElement.GetProperty("attempt").GetInt32()),
    ];

    public static int CountResults(string store) => Directory.Exists(Path.Combine(store, "results"))
        ? Directory.EnumerateFiles(Path.Combine(store, "results"), "*.parquet", SearchOption.AllDirectories).Count()
        : 0;
}
