using System.Collections.Concurrent;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using PythiaOrleans.Checkpoints.Catalog;
using PythiaOrleans.Core.Storage;

namespace PythiaOrleans.Checkpoints.Sources.Azure;

/// <summary>What a container tells of a model's revisions: one listing for all, and of weights a sample of the bytes.</summary>
/// <param name="store">The container.</param>
internal sealed class AzureRevisions(AzureBlobStore store) : IRevisionSource
{
    private const string Step = "step";

    private readonly ConcurrentDictionary<string, ILookup<string, ListedBlob>> _listed = new(StringComparer.Ordinal);

    /// <inheritdoc />
    public async Task<IReadOnlyList<ModelRevision>> ListRevisionsAsync(ModelEntry model, CancellationToken cancellationToken)
    {
        var blobs = await store.ListWithSizesAsync($"{model.Name}/", cancellationToken).ConfigureAwait(false);
        if (blobs.Count == 0 && !await store.ContainerExistsAsync(cancellationToken).ConfigureAwait(false))
        {
            throw new AccessDeniedException(
                $"{store.Name}: there is no such container. Check its name, and which account the environment names.");
        }

        var folders = _listed[model.Name] = blobs.ToLookup(blob => Path.GetDirectoryName(blob.Name[(model.Name.Length + 1)..]) ?? "");
        return
        [
            .. folders.Where(folder => ParseStep(folder.Key) is not null)
                .Select(folder => new ModelRevision(folder.Key, ParseStep(folder.Key), Version(folder)))
                .OrderBy(revision => revision.Step),
        ];
    }

    /// <inheritdoc />
    public async Task<IReadOnlyList<RevisionFile>?> ListFilesAsync(
        ModelEntry model, ModelRevision revision, CancellationToken cancellationToken)
    {
        if (!_listed.ContainsKey(model.Name))
        {
            await ListRevisionsAsync(model, cancellationToken).ConfigureAwait(false);
        }

        var files = new List<RevisionFile>();
        foreach (var blob in _listed[model.Name][revision.Name])
        {
            var sign = await SignAsync(blob, cancellationToken).ConfigureAwait(false);
            files.Add(new RevisionFile(Path.GetFileName(blob.Name), blob.Bytes, sign));
        }

        return files.Count == 0 ? null : files;
    }

    /// <inheritdoc />
    public async Task<byte[]> ReadRangeAsync(
        ModelEntry model, ModelRevision revision, string file, long start, int count, CancellationToken cancellationToken)
    {
        var name = $"{model.Name}/{revision.Name}/{file}";
        return await store.ReadRangeAsync(name, start, count, cancellationToken).ConfigureAwait(false)
            ?? throw new FileNotFoundException($"{store.Name}/{name}: it was listed, and is gone. Take the census again.");
    }

    private static int? ParseStep(string folder) => folder.StartsWith(Step, StringComparison.Ordinal)
        && int.TryParse(folder.AsSpan(Step.Length), NumberStyles.None, CultureInfo.InvariantCulture, out var step) ? step : null;

    private static string Version(IEnumerable<ListedBlob> blobs) => Convert.ToHexStringLower(SHA256.HashData(
        Encoding.UTF8.GetBytes(string.Join('\n', blobs.Select(blob => $"{blob.Name} {blob.Tag}").Order(StringComparer.Ordinal)))));

    private async Task<string?> SignAsync(ListedBlob blob, CancellationToken cancellationToken)
    {
        using var sample = new WeightSample();
        sample.AddFile(blob.Bytes);
        foreach (var place in WeightSample.FindPlaces(blob.Bytes))
        {
            sample.Add(await store.ReadRangeAsync(blob.Name, place, WeightSample.PlaceBytes, cancellationToken).ConfigureAwait(false));
        }

        return WeightSample.Prefix + sample.Finish();
    }
}
