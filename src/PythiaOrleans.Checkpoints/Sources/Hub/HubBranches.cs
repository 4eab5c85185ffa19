using System.Collections.Concurrent;
using PythiaOrleans.Checkpoints.Cache;
using PythiaOrleans.Core.Storage;

namespace PythiaOrleans.Checkpoints.Sources.Hub;

/// <summary>The branches and tags of repositories: the hub's answer, or, without it, those that the cache knows.</summary>
internal sealed class HubBranches(HubClient client, CheckpointCache cache)
{
    private const int MaxShown = 6;

    private readonly ConcurrentDictionary<string, IReadOnlyDictionary<string, string>> _known = new(StringComparer.Ordinal);

    /// <summary>Their names, in ordinal order; asked for once.</summary>
    /// <exception cref="AccessDeniedException">The repository is private or does not exist.</exception>
    /// <exception cref="SourceUnavailableException">The hub does not answer, and the cache knows none.</exception>
    public async Task<IReadOnlyList<string>> ListAsync(string repository, CancellationToken cancellationToken)
    {
        if (_known.TryGetValue(repository, out var known))
        {
            return [.. known.Keys];
        }

        var cached = cache.ListRefs(CachePaths.FolderName(repository));
        if (client.Options.Offline)
        {
            return cached;
        }

        try
        {
            var branches = await client.RefsAsync(repository, retry: cached.Count == 0, cancellationToken).ConfigureAwait(false);
            return [.. _known.GetOrAdd(repository, branches).Keys];
        }
        catch (SourceUnavailableException error) when (cached.Count > 0)
        {
            SourceNotices.Report($"{error.Message} Of {repository} only the {cached.Count} revisions in {cache.Root} are known.");
            return cached;
        }
    }

    /// <summary>The commit that a revision means now, without a request for each; null where the hub did not say it.</summary>
    public async Task<string?> FindCommitAsync(string repository, string revision, CancellationToken cancellationToken)
    {
        if (!_known.ContainsKey(repository))
        {
            try
            {
                await ListAsync(repository, cancellationToken).ConfigureAwait(false);
            }
            catch (Exception error) when (error is AccessDeniedException or SourceUnavailableException)
            {
                // A mirror may lack the list. The fetch asks for the revision itself, and says what is wrong.
            }

            _known.TryAdd(repository, new Dictionary<string, string>());
        }

        return _known[repository].GetValueOrDefault(revision) is { Length: > 0 } commit ? commit : null;
    }

    /// <summary>What a repository has, for messages: <c>step0, step1, ... and 152 others</c>.</summary>
    public static string Describe(IReadOnlyList<string> branches) => branches.Count == 0
        ? "none at all"
        : string.Join(", ", branches.Take(MaxShown)) + (branches.Count > MaxShown ? $" and {branches.Count - MaxShown} others" : "");
}
