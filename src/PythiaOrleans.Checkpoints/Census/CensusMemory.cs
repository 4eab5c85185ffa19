using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using PythiaOrleans.Core.Storage;

namespace PythiaOrleans.Checkpoints.Census;

/// <summary>Keeps what a source told of revisions, so that only those are asked for again that have changed since.</summary>
/// <param name="store">Where; one blob for each model, <c>census/{source}/{model}.json</c>.</param>
/// <param name="source">The source's name.</param>
internal sealed class CensusMemory(IBlobStore store, string source)
{
    private const int Format = 2; // 1 knew nothing of the weights of .bin files
    private const int NameDigits = 16;

    private readonly string _folder =
        $"census/{Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(source)))[..NameDigits]}";

    private sealed record Document(int Format, string Source, IReadOnlyList<RevisionState> Revisions);

    /// <summary>What is known of a model's revisions, by version; without those that cannot be told from changed ones.</summary>
    public async Task<Dictionary<(string Name, int? Step), RevisionState>> ReadAsync(string model, CancellationToken cancellationToken)
    {
        var bytes = await store.ReadAsync(PathOf(model), cancellationToken).ConfigureAwait(false);
        try
        {
            return bytes is not null && JsonSerializer.Deserialize<Document>(bytes) is { Format: Format } document
                && document.Source == source
                ? document.Revisions.ToDictionary(state => (state.Revision.Name, state.Step))
                : [];
        }
        catch (JsonException)
        {
            return []; // of another version of the program, or damaged: it is only a memory
        }
    }

    /// <summary>Keeps what is known of a model's revisions.</summary>
    public Task WriteAsync(string model, IEnumerable<RevisionState> states, CancellationToken cancellationToken) =>
        store.WriteBestEffortAsync(
            PathOf(model),
            JsonSerializer.SerializeToUtf8Bytes(
                new Document(Format, source, [.. states.Where(state => state.Revision.Version is not null)])),
            cancellationToken);

    private string PathOf(string model) => $"{_folder}/{model}.json";
}
