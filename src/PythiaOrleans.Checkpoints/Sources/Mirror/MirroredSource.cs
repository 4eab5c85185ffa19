using System.Collections.Concurrent;
using System.Text.Json;
using PythiaOrleans.Checkpoints.Cache;
using PythiaOrleans.Checkpoints.Catalog;
using PythiaOrleans.Checkpoints.Formats;
using PythiaOrleans.Checkpoints.Formats.Safetensors;
using PythiaOrleans.Checkpoints.Sources.Azure;
using PythiaOrleans.Core.Ids;
using PythiaOrleans.Core.Storage;

namespace PythiaOrleans.Checkpoints.Sources.Mirror;

/// <summary>
/// Another source, whose checkpoints are copied to a container when they are first used, so that the machines of a cluster ask the hub once
/// and the container thereafter. A machine that needs a checkpoint while another one is still copying it asks the hub itself.
/// </summary>
/// <param name="origin">Where checkpoints come from.</param>
/// <param name="mirror">Where they are copied to, laid out as a folder source: <c>{model}/step{N}/</c>.</param>
/// <param name="cache">Where files of the container are brought on this machine.</param>
/// <param name="keepHalf">Whether float32 files of half-precision values are copied in half precision: the same values in half the
/// space.</param>
public sealed class MirroredSource(
    ICheckpointSource origin, AzureBlobStore mirror, CheckpointCache cache, bool keepHalf = false)
    : ICheckpointSource, IDisposable
{
    private readonly ConcurrentDictionary<CheckpointId, MirrorManifest> _manifests = new();

    /// <summary>The origin's name: the mirror holds the same bytes, and a result must not depend on which of them was nearer.</summary>
    public string Name => origin.Name;

    /// <inheritdoc />
    public bool HasPlacePerModel => origin.HasPlacePerModel;

    /// <summary>The origin's: a census is of what was published, not of what was copied.</summary>
    public IRevisionSource? Revisions => origin.Revisions;

    /// <inheritdoc />
    public async ValueTask<long?> FindAsync(CheckpointId checkpoint, CancellationToken cancellationToken) =>
        await ReadManifestAsync(checkpoint, cancellationToken).ConfigureAwait(false) is { } manifest
            ? manifest.Weights.Sum(file => file.Bytes)
            : await origin.FindAsync(checkpoint, cancellationToken).ConfigureAwait(false);

    /// <inheritdoc />
    public ValueTask<string> ExplainAbsenceAsync(CheckpointId checkpoint, CancellationToken cancellationToken) =>
        origin.ExplainAbsenceAsync(checkpoint, cancellationToken);

    /// <inheritdoc />
    public async ValueTask<string?> DigestAsync(CheckpointId checkpoint, CancellationToken cancellationToken) =>
        await ReadManifestAsync(checkpoint, cancellationToken).ConfigureAwait(false) is { } manifest
            ? WeightFile.Combine(manifest.Originals ?? manifest.Weights)
            : await origin.DigestAsync(checkpoint, cancellationToken).ConfigureAwait(false);

    /// <inheritdoc />
    public IEnumerable<CheckpointId> Cached(IEnumerable<string> models)
    {
        string[] all = [.. models];
        return origin.Cached(all).Union(AzureSource.CachedIn(cache, all));
    }

    /// <inheritdoc />
    public async ValueTask<CheckpointFiles> FetchAsync(CheckpointId checkpoint, CancellationToken cancellationToken)
    {
        if (await ReadManifestAsync(checkpoint, cancellationToken).ConfigureAwait(false) is { } manifest)
        {
            var copies = new AzureSource(
                mirror, cache, (_, file) => manifest.Weights.FirstOrDefault(weights => weights.Name == file)?.Sha256);
            return await copies.FetchAsync(checkpoint, cancellationToken).ConfigureAwait(false);
        }

        var files = await origin.FetchAsync(checkpoint, cancellationToken).ConfigureAwait(false);
        try
        {
            await CopyAsync(files, cancellationToken).ConfigureAwait(false);
            return files;
        }
        catch (AccessDeniedException error)
        {
            files.Dispose();
            throw new AccessDeniedException(
                $"{error.Message} The mirror must be writable: give the account that right, or unset {MirrorSettings.AddressVariable}.",
                error);
        }
        catch
        {
            files.Dispose();
            throw;
        }
    }

    /// <summary>Closes the origin.</summary>
    public void Dispose() => (origin as IDisposable)?.Dispose();

    private static string ManifestName(CheckpointId checkpoint) => $"{checkpoint.Path}/mirrored.json";

    // The manifest is written last: without it a machine would take a half copied checkpoint for a whole one.
    private async Task<MirrorManifest?> ReadManifestAsync(CheckpointId checkpoint, CancellationToken cancellationToken)
    {
        if (_manifests.TryGetValue(checkpoint, out var known))
        {
            return known;
        }

        var bytes = await mirror.ReadAsync(ManifestName(checkpoint), cancellationToken).ConfigureAwait(false);
        var manifest = bytes is null ? null : JsonSerializer.Deserialize<MirrorManifest>(bytes);
        // Of two organisations that publish one model's name, the mirror holds the first that came.
        return manifest?.Origin == origin.Name ? _manifests.GetOrAdd(checkpoint, manifest) : null;
    }

    private async Task CopyAsync(CheckpointFiles files, CancellationToken cancellationToken)
    {
        var beside = Path.GetDirectoryName(files.Config)!;
        var layout = WeightLayout.Find(files.Weights.Select(path => Path.GetFileName(path)!))!;
        var (copied, originals) = (new List<WeightFile>(), new List<WeightFile>());
        foreach (var path in Directory.EnumerateFiles(beside)
            .Where(path => layout.Owns(Path.GetFileName(path)) || path == files.Config || path == files.Tokenizer))
        {
            var half = keepHalf && path.EndsWith(".safetensors", StringComparison.Ordinal) ? TryHalve(path) : null;
            try
            {
                var name = Path.GetFileName(path);
                await mirror.UploadAsync($"{files.Checkpoint.Path}/{name}", half ?? path, cancellationToken).ConfigureAwait(false);
                if (files.Weights.Contains(path))
                {
                    originals.Add(Describe(path, name, cancellationToken));
                    copied.Add(half is null ? originals[^1] : Describe(half, name, cancellationToken));
                }
            }
            finally
            {
                if (half is not null)
                {
                    File.Delete(half);
                }
            }
        }

        var manifest = JsonSerializer.SerializeToUtf8Bytes(
            new MirrorManifest(origin.Name, copied) { Originals = copied.SequenceEqual(originals) ? null : originals });
        await mirror.TryCreateAsync(ManifestName(files.Checkpoint), manifest, cancellationToken).ConfigureAwait(false);
    }

    private static string? TryHalve(string path)
    {
        var target = Path.Combine(Path.GetTempPath(), $"pythia-{Guid.NewGuid():N}.safetensors");
        return HalfCopy.TryWrite(path, target) ? target : null;
    }

    private static WeightFile Describe(string path, string name, CancellationToken cancellationToken) =>
        new(name, RegularFile.LengthOf(path), BlobDigest.Compute(path, "", cancellationToken));
}
