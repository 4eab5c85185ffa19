using System.Globalization;
using PythiaOrleans.Checkpoints.Formats;
using PythiaOrleans.Core.Ids;

namespace PythiaOrleans.Checkpoints.Cache;

/// <content>Which checkpoints lie here whole.</content>
public sealed partial class CheckpointCache
{
    private const string StepPrefix = "step";

    /// <summary>The snapshot that a revision meant when it was last fetched, or a folder of it; null where something is missing.</summary>
    internal string? WholeSnapshot(string repository, string revision, string folder = "") =>
        _paths.Commit(repository, revision) is { } commit
            && Path.Combine(_paths.Snapshot(repository, commit), folder) is var snapshot
            && Directory.Exists(snapshot) && Directory.EnumerateFiles(snapshot).All(file => File.Exists(Blob(file)))
            ? snapshot
            : null;

    /// <summary>The revisions of a repository that were fetched, in ordinal order.</summary>
    internal IReadOnlyList<string> ListRefs(string repository)
    {
        var refs = _paths.Refs(repository);
        return [.. Files(refs).Select(file => Path.GetRelativePath(refs, file)).Order(StringComparer.Ordinal)];
    }

    /// <summary>
    /// The checkpoints of a repository whose weights are all here. A file that is evicted takes its name in the snapshot along.
    /// </summary>
    internal IEnumerable<CheckpointId> WholeCheckpoints(string repository, string model)
    {
        foreach (var revision in ListRefs(repository))
        {
            if (revision.StartsWith(StepPrefix, StringComparison.Ordinal)
                && int.TryParse(revision.AsSpan(StepPrefix.Length), NumberStyles.None, CultureInfo.InvariantCulture, out var step)
                && WholeSnapshot(repository, revision) is { } snapshot && HasAllWeights(snapshot))
            {
                yield return new CheckpointId(model, step);
            }
        }
    }

    internal static bool HasAllWeights(string snapshot)
    {
        try
        {
            return WeightLayout.In(snapshot)?.Complete(snapshot) is not null;
        }
        catch (CheckpointFormatException)
        {
            return false; // a shard was evicted; the task that computes the checkpoint says what is missing
        }
    }

    // Of a link that leads nowhere, File.Exists says yes.
    private static string Blob(string link) => File.ResolveLinkTarget(link, returnFinalTarget: true)?.FullName ?? link;
}
