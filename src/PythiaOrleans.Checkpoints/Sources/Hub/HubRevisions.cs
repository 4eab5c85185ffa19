using PythiaOrleans.Checkpoints.Catalog;
using PythiaOrleans.Core.Storage;

namespace PythiaOrleans.Checkpoints.Sources.Hub;

/// <summary>What the hub tells of a model's revisions: one request for their names, one for the files of each.</summary>
/// <param name="client">Asks the hub.</param>
/// <param name="branches">Knows the names of branches and tags.</param>
/// <param name="modelOf">How the hub keeps a model.</param>
internal sealed class HubRevisions(HubClient client, HubBranches branches, Func<string, HubModel> modelOf) : IRevisionSource
{
    /// <inheritdoc />
    public async Task<IReadOnlyList<ModelRevision>> ListRevisionsAsync(ModelEntry model, CancellationToken cancellationToken)
    {
        if (client.Options.Offline)
        {
            throw new AccessDeniedException(
                $"{model.Name}: a census asks the hub, and HF_HUB_OFFLINE forbids it. Unset it, or take a census of a folder.");
        }

        var repository = modelOf(model.Name).Repository;
        var names = await branches.ListAsync(repository, cancellationToken).ConfigureAwait(false);
        var revisions = new List<ModelRevision>();
        foreach (var (name, steps) in FindSteps(model, names))
        {
            var commit = await branches.FindCommitAsync(repository, name, cancellationToken).ConfigureAwait(false);
            revisions.AddRange(steps.Select(step => new ModelRevision(name, step, commit)));
        }

        return [.. revisions.OrderBy(revision => revision.Step ?? int.MaxValue).ThenBy(revision => revision.Name, StringComparer.Ordinal)];
    }

    /// <inheritdoc />
    public async Task<IReadOnlyList<RevisionFile>?> ListFilesAsync(
        ModelEntry model, ModelRevision revision, CancellationToken cancellationToken)
    {
        var files = await client.TreeAsync(AddressOf(model, revision), retry: true, cancellationToken).ConfigureAwait(false);
        return files is null
            ? null
            : [.. files.Select(one => new RevisionFile(one.Name, one.Bytes, one.Id)).OrderBy(one => one.Name, StringComparer.Ordinal)];
    }

    /// <inheritdoc />
    public async Task<byte[]> ReadRangeAsync(
        ModelEntry model, ModelRevision revision, string file, long start, int count, CancellationToken cancellationToken)
    {
        var url = client.UrlOf(AddressOf(model, revision), file);
        using var response = await client.ReadAsync(url, start, count, cancellationToken).ConfigureAwait(false);
        if (response.Whole && start > 0)
        {
            throw new IOException($"{url.GetLeftPart(UriPartial.Path)}: asked for {count} bytes from {start}, got the whole file. "
                + "A proxy or mirror ignores ranges: take the census without --level 1.");
        }

        var stream = await response.OpenAsync(cancellationToken).ConfigureAwait(false);
        await using var _ = stream.ConfigureAwait(false);
        var bytes = new byte[count];
        var read = await stream.ReadAtLeastAsync(bytes, count, throwOnEndOfStream: false, cancellationToken).ConfigureAwait(false);
        return read == count ? bytes : bytes[..read];
    }

    // A branch that other trainings of the repository own is none of this model's. Where steps are folders, one branch holds them all.
    private static IEnumerable<(string Name, IReadOnlyList<int?> Steps)> FindSteps(ModelEntry model, IReadOnlyList<string> names)
    {
        var announced = model.Steps.GroupBy(model.RevisionOf).ToDictionary(
            group => group.Key, group => (IReadOnlyList<int?>)[.. group.Select(step => (int?)step)]);
        var template = model.Revisions.Count > 0 && model.Revision is null ? null : new RevisionTemplate(model.Revision ?? "step{step}");
        foreach (var name in names)
        {
            if (announced.TryGetValue(name, out var steps))
            {
                yield return (name, steps);
            }
            else if (template is not null && template.TryMatch(name, out var step))
            {
                yield return (name, [step]);
            }
            else if (name == BranchSteps.Main)
            {
                yield return (name, [null]);
            }
        }
    }

    private HubAddress AddressOf(ModelEntry model, ModelRevision revision) => new(
        modelOf(model.Name).Repository, revision.Name, revision.Step is { } step ? model.SubfolderOf(step) : "");
}
