using PythiaOrleans.Checkpoints.Opening;
using PythiaOrleans.Cli.Display;
using PythiaOrleans.Core.Storage;
using PythiaOrleans.Core.Sweeps;
using PythiaOrleans.Server.Planning;

namespace PythiaOrleans.Cli.Hosting;

/// <summary>Says on standard error which stored results belong to other bytes than the source serves now, and refreshes them.</summary>
/// <param name="sources">Opens the sweep's source.</param>
/// <param name="store">Where the results are.</param>
internal sealed class SourceCheck(CheckpointSources sources, ResultStore store)
{
    private readonly SourceComparer _comparer = new(sources, store);

    /// <summary>
    /// Warns before a sweep's numbers are shown: of results that were made from different versions of a checkpoint's files, and, where
    /// the source is a folder of this machine, of results of other bytes than it holds now.
    /// </summary>
    /// <param name="store">Where the results are.</param>
    /// <param name="sweep">The sweep's name; nothing is said of one that has no spec.</param>
    /// <param name="cancellationToken">Cancels.</param>
    public static async Task WarnOfStoredAsync(ResultStore store, string sweep, CancellationToken cancellationToken)
    {
        try
        {
            if (await store.ReadSweepAsync(sweep, cancellationToken) is { } spec)
            {
                var isHere = CheckpointSources.IsShared(spec.Source) && Directory.Exists(spec.Source);
                Warn(await new SourceComparer(new CheckpointSources(), store).CompareAsync(spec, isHere, cancellationToken));
            }
        }
        catch (Exception error) when (
            error is InvalidDataException or SourceUnavailableException or AccessDeniedException or DirectoryNotFoundException
                or ArgumentException)
        {
            Output.Note($"Whether the results of '{sweep}' belong to one version of each checkpoint was not compared: {error.Message}");
        }
    }

    /// <summary>Compares; a source that this machine cannot look at leaves only the comparison of results with each other.</summary>
    public async Task<SourceComparison> CompareAsync(SweepSpec sweep, CancellationToken cancellationToken)
    {
        try
        {
            return await _comparer.CompareAsync(sweep, askSource: true, cancellationToken);
        }
        catch (Exception error) when (
            error is SourceUnavailableException or AccessDeniedException or DirectoryNotFoundException or ArgumentException)
        {
            Output.Note($"What {sweep.Source} serves now was not compared with the results: {error.Message}");
            return await _comparer.CompareAsync(sweep, askSource: false, cancellationToken);
        }
    }

    /// <summary>Warns before a sweep, or puts the results aside that it shall compute again.</summary>
    public async Task PrepareAsync(SweepSpec sweep, bool refresh, CancellationToken cancellationToken)
    {
        var comparison = await CompareAsync(sweep, cancellationToken);
        if (!refresh)
        {
            Warn(comparison);
        }
        else if (comparison.Changed.Count > 0)
        {
            var count = await _comparer.PutAsideAsync(comparison, cancellationToken);
            Output.Note($"{count} results of other bytes were put aside, as FILE{ResultStore.ReplacedSuffix}; they are computed again.");
        }
    }

    /// <summary>Prints the warnings.</summary>
    public static void Warn(SourceComparison comparison)
    {
        foreach (var warning in comparison.Warnings)
        {
            Output.Note($"Warning: {warning}");
        }
    }
}
