using PythiaOrleans.Checkpoints.Catalog;
using PythiaOrleans.Core.Descriptions;
using PythiaOrleans.Core.Ids;
using PythiaOrleans.Core.Storage;
using PythiaOrleans.Core.Sweeps;
using PythiaOrleans.Core.Tables;

namespace PythiaOrleans.Reporting.Series;

/// <summary>Keeps the series of sweeps up to date with the committed results, or answers with a fresh one without storing it.</summary>
/// <remarks>
/// Any number of processes may write the same series. Each remembers which version of the file it saw before it listed the results, and
/// replaces that version
/// only; where another process was faster, it lists again. So a series never loses results that it already had.
/// </remarks>
/// <param name="store">Where the results are and the series go.</param>
/// <param name="catalog">What is known of the models' schedules.</param>
/// <param name="derivedColumns">What analyses derive for their series.</param>
public sealed class SeriesCompactor(ResultStore store, ModelCatalog catalog, IReadOnlyCollection<IDerivedColumns> derivedColumns)
    : ISeriesWriter
{
    private readonly SeriesBuilder _builder = new(store, catalog, derivedColumns);
    private readonly SeriesReader _reader = new(store.Blobs);

    // The last series that was built only to be read: a page asks for the same one again and again.
    private BuiltSeries? _last;

    /// <summary>Where a sweep's series of an analysis is.</summary>
    public static string PathOf(string sweep, string analysis) =>
        $"series/{Identifier.Validate(sweep, "sweep")}/{Identifier.Validate(analysis, "analysis")}.parquet";

    /// <inheritdoc />
    public async Task<int> CompactAsync(SweepSpec sweep, AnalysisId analysis, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(sweep);
        var path = PathOf(sweep.Name, analysis.Name);
        while (true)
        {
            // The version comes before the list: if it did not, a list of results could be stored over a later one.
            var (version, signature) = await StoredAsync(path, cancellationToken).ConfigureAwait(false);
            var plan = await _builder.PlanAsync(sweep, analysis, cancellationToken).ConfigureAwait(false);
            if (plan.Results.Count == 0 || signature == plan.Signature)
            {
                return plan.Results.Count;
            }

            var bytes = await _builder.EncodeAsync(plan, cancellationToken).ConfigureAwait(false);
            var written = version is null
                ? await store.Blobs.TryCreateAsync(path, bytes, cancellationToken).ConfigureAwait(false)
                : await store.Blobs.TryReplaceAsync(path, version, bytes, cancellationToken).ConfigureAwait(false);
            if (written)
            {
                return plan.Results.Count;
            }
        }
    }

    /// <summary>The series with everything that is committed now. Nothing is stored: where the stored one is behind, the series is built
    /// in memory.</summary>
    /// <returns>Null where the sweep has no result of the analysis.</returns>
    /// <exception cref="InvalidDataException">A result is damaged, or its columns are not those of the others.</exception>
    public async Task<ResultTable?> ReadFreshAsync(SweepSpec sweep, AnalysisId analysis, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(sweep);
        var path = PathOf(sweep.Name, analysis.Name);
        var (_, signature) = await StoredAsync(path, cancellationToken).ConfigureAwait(false);
        var plan = await _builder.PlanAsync(sweep, analysis, cancellationToken).ConfigureAwait(false);
        if (plan.Results.Count == 0)
        {
            return null;
        }

        if (signature == plan.Signature
            && await _reader.ReadAsync(sweep.Name, analysis.Name, cancellationToken).ConfigureAwait(false) is { } stored)
        {
            return stored;
        }

        if (_last is { } last && last.Path == path && last.Signature == plan.Signature)
        {
            return last.Table;
        }

        var table = await _builder.BuildAsync(plan, repair: false, cancellationToken).ConfigureAwait(false);
        _last = new BuiltSeries(path, plan.Signature, table);
        return table;
    }

    private async Task<(BlobVersion? Version, string? Signature)> StoredAsync(string path, CancellationToken cancellationToken)
    {
        if (await store.Blobs.GetVersionAsync(path, cancellationToken).ConfigureAwait(false) is not { } version)
        {
            return (null, null);
        }

        try
        {
            var provenance = await ResultParquet.ReadProvenanceAsync(
                version.Bytes, (offset, count) => store.Blobs.ReadRangeAsync(path, offset, count, cancellationToken), cancellationToken)
                    .ConfigureAwait(false);
            return (version, provenance?.GetValueOrDefault(SeriesBuilder.SignatureEntry));
        }
        catch (InvalidDataException)
        {
            return (version, null); // a damaged series is made again from the results
        }
    }

    private sealed record BuiltSeries(string Path, string Signature, ResultTable Table);
}
