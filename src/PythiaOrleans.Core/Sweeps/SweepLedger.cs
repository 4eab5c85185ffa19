using System.Collections.Concurrent;

namespace PythiaOrleans.Core.Sweeps;

/// <summary>
/// The one answer to what is done, missing and failed of a sweep: for coordinator, plan, status, report, series and verification.
/// </summary>
/// <remarks>
/// It reads the store with one listing a model and keeps the answer. A change that this process makes through the same
/// <see cref="ResultStore"/> is seen at the
/// next question. What other processes change is seen after <see cref="OpenAge"/>, or, where the sweep was complete, after
/// <see cref="CompleteAge"/>: results are
/// never overwritten, so that only a deletion can change a complete sweep. Who decides by the answer what to compute asks for a fresh one.
/// </remarks>
/// <param name="store">Results, specs and failures.</param>
/// <param name="time">The clock of the answers' age.</param>
public sealed class SweepLedger(ResultStore store, TimeProvider time)
{
    /// <summary>The age up to which an answer about a sweep that is not complete is given again.</summary>
    public static readonly TimeSpan OpenAge = TimeSpan.FromSeconds(5);

    /// <summary>The age up to which an answer about a complete sweep is given again.</summary>
    public static readonly TimeSpan CompleteAge = TimeSpan.FromMinutes(1);

    private readonly ConcurrentDictionary<string, CachedRead<ModelListing>> _models = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, CachedRead<IReadOnlyList<ShardFailure>>> _failures = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, SweepStanding> _standings = new(StringComparer.Ordinal);
    private readonly CachedRead<IReadOnlyList<string>> _names = new(
        () => store.ListSweepsAsync(CancellationToken.None), () => store.Changes.Read(ResultStore.SweepsFolder), time);

    internal SweepLedger(ResultStore store)
        : this(store, TimeProvider.System)
    {
    }

    /// <summary>The store that it reads.</summary>
    public ResultStore Store { get; } = store;

    /// <summary>Where the sweep stands; the answer may be seconds old. Costs next to nothing to ask again.</summary>
    public async Task<SweepStanding> ReadAsync(SweepSpec sweep, CancellationToken cancellationToken)
    {
        var standing = await ReadAsync(sweep, CompleteAge, cancellationToken).ConfigureAwait(false);
        return standing.IsComplete ? standing : await ReadAsync(sweep, OpenAge, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Where the sweep stands, by listings that start after this call.</summary>
    public async Task<SweepStanding> ReadFreshAsync(SweepSpec sweep, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(sweep);
        var listings = await Task.WhenAll(
            sweep.Models.Distinct().Select(model => Model(model).GetFreshAsync(cancellationToken))).ConfigureAwait(false);
        return Standing(sweep, listings, await Failures(sweep.Name).GetFreshAsync(cancellationToken).ConfigureAwait(false));
    }

    /// <summary>Where one model of the sweep stands, by a listing that starts after this call.</summary>
    public async Task<ModelStanding> ReadFreshAsync(SweepSpec sweep, string model, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(sweep);
        return new ModelStanding(sweep, await Model(model).GetFreshAsync(cancellationToken).ConfigureAwait(false));
    }

    /// <summary>The names of all sweeps, in ordinal order; the answer may be seconds old.</summary>
    public Task<IReadOnlyList<string>> ListSweepsAsync(CancellationToken cancellationToken) => _names.GetAsync(OpenAge, cancellationToken);

    private async Task<SweepStanding> ReadAsync(SweepSpec sweep, TimeSpan maxAge, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(sweep);
        var listings = await Task.WhenAll(
            sweep.Models.Distinct().Select(model => Model(model).GetAsync(maxAge, cancellationToken))).ConfigureAwait(false);
        return Standing(sweep, listings, await Failures(sweep.Name).GetAsync(maxAge, cancellationToken).ConfigureAwait(false));
    }

    // Counting a million shards takes a second: a picture of which no part has changed is shown again.
    private SweepStanding Standing(SweepSpec sweep, ModelListing[] listings, IReadOnlyList<ShardFailure> failures)
    {
        if (
            _standings.TryGetValue(sweep.Name, out var known) && known.Sweep == sweep && known.Listings.SequenceEqual(listings)
                && known.StoredFailures == failures)
        {
            return known;
        }

        return _standings[sweep.Name] = new SweepStanding(sweep, listings, failures);
    }

    private CachedRead<ModelListing> Model(string model) => _models.GetOrAdd(
        model, name => new CachedRead<ModelListing>(
            () => ModelListing.ReadAsync(Store, name), () => Store.Changes.Read(ResultStore.ModelFolder(name)), time));

    private CachedRead<IReadOnlyList<ShardFailure>> Failures(string sweep) => _failures.GetOrAdd(
        sweep,
        name => new CachedRead<IReadOnlyList<ShardFailure>>(
            () => Store.ReadFailuresAsync(name, CancellationToken.None), () => Store.Changes.Read(ResultStore.FailureFolder(name)), time));
}
