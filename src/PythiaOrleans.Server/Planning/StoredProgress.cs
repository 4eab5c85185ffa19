using PythiaOrleans.Cluster.Contracts;
using PythiaOrleans.Core.Sweeps;
using PythiaOrleans.Reporting.Series;

namespace PythiaOrleans.Server.Planning;

/// <summary>Where a sweep stands by the store alone, when no silo runs it.</summary>
public static class StoredProgress
{
    /// <summary>Counts what exists.</summary>
    /// <exception cref="ArgumentException">There is no such sweep.</exception>
    public static async Task<SweepProgress> ReadAsync(ResultStore store, string sweep, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(store);
        var spec = await store.FindSweepAsync(sweep, cancellationToken).ConfigureAwait(false);
        var standing = await store.Ledger.ReadAsync(spec, cancellationToken).ConfigureAwait(false);
        var failed = standing.Failures.CountBy(failure => failure.Checkpoint.Model).ToDictionary(StringComparer.Ordinal);
        return new SweepProgress(
            sweep,
            SweepState.Idle,
            standing.Total,
            AlreadyDone: standing.Done,
            standing.Done,
            Running: 0,
            standing.Failures.Count,
            Cancelled: 0,
            BytesRead: 0,
            [.. standing.Models.Select(
                model => new ModelProgress(model.Model, model.Total, model.Done, failed.GetValueOrDefault(model.Model)))],
            standing.IsComplete ? await ProblemOfSeriesAsync(store, spec, cancellationToken).ConfigureAwait(false) : null);
    }

    /// <summary>What is wrong with a sweep that cannot be asked, as its progress; null where its spec can be read.</summary>
    public static async Task<SweepProgress?> FindProblemAsync(ResultStore store, string sweep, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(store);
        try
        {
            await store.ReadSweepAsync(sweep, cancellationToken).ConfigureAwait(false);
            return null;
        }
        catch (InvalidDataException error)
        {
            return new SweepProgress(sweep, SweepState.Idle, 0, 0, 0, 0, 0, 0, 0, [], error.Message);
        }
    }

    // A sweep ends when its series are written: one that is complete and lacks a series was told to have a problem when it ended.
    private static async Task<string?> ProblemOfSeriesAsync(ResultStore store, SweepSpec spec, CancellationToken cancellationToken)
    {
        var written = await new SeriesReader(store.Blobs).ListAsync(spec.Name, cancellationToken).ConfigureAwait(false);
        var absent = spec.Analyses.Select(analysis => analysis.Name).Except(written).ToArray();
        return absent.Length == 0
            ? null
            : $"the series of {string.Join(", ", absent)} was not written, although every result is there. "
                + $"`pythia resume {spec.Name}` writes it, or says why it cannot.";
    }
}
