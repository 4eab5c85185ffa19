using System.Collections.Concurrent;
using PythiaOrleans.Checkpoints.Catalog;
using PythiaOrleans.Checkpoints.Sources;
using PythiaOrleans.Core.Storage;

namespace PythiaOrleans.Checkpoints.Census;

/// <summary>
/// Looks at every revision of models without fetching checkpoints, and says what is wrong: steps that serve other weights than their names
/// say, or none.
/// </summary>
/// <param name="source">Where the revisions are.</param>
/// <param name="sourceName">What the user calls it.</param>
/// <param name="store">Where what was learnt is kept; a census that was stopped goes on from there.</param>
public sealed class CensusTaker(IRevisionSource source, string sourceName, IBlobStore store)
{
    private const int Parallel = 8;
    private const int SavedEvery = 64;

    private readonly CensusMemory _memory = new(store, sourceName);
    private readonly ProbeReader _reader = new(source);

    /// <summary>Takes the census of models that belong together.</summary>
    /// <param name="name">What is counted, for people.</param>
    /// <param name="models">The models.</param>
    /// <param name="level">How much to read.</param>
    /// <param name="isFresh">Whether revisions are asked for again that have not changed since the last census.</param>
    /// <param name="progress">Told after each revision.</param>
    /// <param name="cancellationToken">Stops; what was learnt is kept.</param>
    /// <exception cref="SourceUnavailableException">The source does not answer.</exception>
    public async Task<SuiteCensus> TakeAsync(
        string name,
        IReadOnlyList<ModelEntry> models,
        CensusLevel level,
        bool isFresh,
        IProgress<CensusProgress> progress,
        CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(models);
        var states = new List<(ModelStates States, string? Problem)>();
        foreach (var model in models)
        {
            try
            {
                var all = await LookAsync(model, level, isFresh, progress, cancellationToken).ConfigureAwait(false);
                states.Add((new ModelStates(model, all), null));
            }
            catch (AccessDeniedException error) when (models.Count > 1)
            {
                states.Add((new ModelStates(model, []), error.Message)); // one repository that is gone does not end the census of all
            }
        }

        return CensusReport.Create(name, sourceName, level, TimeProvider.System.GetUtcNow(), states);
    }

    private async Task<IReadOnlyList<RevisionState>> LookAsync(
        ModelEntry model, CensusLevel level, bool isFresh, IProgress<CensusProgress> progress, CancellationToken cancellationToken)
    {
        var revisions = await source.ListRevisionsAsync(model, cancellationToken).ConfigureAwait(false);
        var known = isFresh ? [] : await _memory.ReadAsync(model.Name, cancellationToken).ConfigureAwait(false);
        var done = new ConcurrentDictionary<ModelRevision, RevisionState>();
        foreach (var revision in revisions)
        {
            if (known.TryGetValue((revision.Name, revision.Step), out var state) && state.Revision.Version == revision.Version
                && revision.Version is not null && (level == CensusLevel.Files || state.Probe is not null || state.Weights.Count == 0))
            {
                done[revision] = state;
            }
        }

        var kept = done.Count;
        progress.Report(new CensusProgress(model.Name, kept, revisions.Count, kept));
        try
        {
            foreach (var some in revisions.Where(revision => !done.ContainsKey(revision)).Chunk(SavedEvery))
            {
                var options = new ParallelOptions { MaxDegreeOfParallelism = Parallel, CancellationToken = cancellationToken };
                await System.Threading.Tasks.Parallel.ForEachAsync(some, options, async (revision, stop) =>
                {
                    done[revision] = await LookAsync(model, revision, level, stop).ConfigureAwait(false);
                    progress.Report(new CensusProgress(model.Name, done.Count, revisions.Count, kept));
                }).ConfigureAwait(false);
                await _memory.WriteAsync(model.Name, done.Values, cancellationToken).ConfigureAwait(false);
            }
        }
        catch (Exception) when (done.Count > kept)
        {
            await _memory.WriteAsync(model.Name, done.Values, CancellationToken.None).ConfigureAwait(false);
            throw;
        }

        return [.. revisions.Select(revision => done[revision])];
    }

    private async Task<RevisionState> LookAsync(
        ModelEntry model, ModelRevision revision, CensusLevel level, CancellationToken cancellationToken)
    {
        var state = new RevisionState(
            revision, await source.ListFilesAsync(model, revision, cancellationToken).ConfigureAwait(false));
        return level == CensusLevel.Files || state.Weights.Count == 0
            ? state
            : state with { Probe = await _reader.ReadAsync(model, state, cancellationToken).ConfigureAwait(false) };
    }
}
