using PythiaOrleans.Core.Ids;
using PythiaOrleans.Core.Storage;
using PythiaOrleans.Core.Tables;

namespace PythiaOrleans.Reporting.Series;

/// <summary>Reads the series that <see cref="SeriesCompactor"/> writes.</summary>
/// <param name="blobs">The store that holds them.</param>
public sealed class SeriesReader(IBlobStore blobs)
{
    private const string Suffix = ".parquet";

    /// <summary>The series of an analysis; null where the sweep has none yet.</summary>
    /// <param name="sweep">The sweep's name.</param>
    /// <param name="analysis">The analysis's name, <c>weight-moments</c>.</param>
    /// <param name="cancellationToken">Stops the read.</param>
    /// <param name="columns">The columns that are wanted; null for all.</param>
    /// <exception cref="InvalidDataException">The file is no series; the message names it.</exception>
    public async Task<ResultTable?> ReadAsync(
        string sweep, string analysis, CancellationToken cancellationToken, IReadOnlyCollection<string>? columns = null)
    {
        var path = SeriesCompactor.PathOf(sweep, analysis);
        if (await blobs.ReadAsync(path, cancellationToken).ConfigureAwait(false) is not { } bytes)
        {
            return null;
        }

        try
        {
            return (await ResultParquet.ReadAsync(bytes, cancellationToken, columns).ConfigureAwait(false)).Table;
        }
        catch (InvalidDataException error)
        {
            throw new InvalidDataException($"{blobs.Name}: {path}: {error.Message} Delete the file and run the sweep again.", error);
        }
    }

    /// <summary>The names of the analyses of which the sweep has series, in ordinal order.</summary>
    public async Task<IReadOnlyList<string>> ListAsync(string sweep, CancellationToken cancellationToken)
    {
        var prefix = $"series/{Identifier.Validate(sweep, "sweep")}/";
        var analyses = new List<string>();
        await foreach (var name in blobs.ListAsync(prefix, cancellationToken).ConfigureAwait(false))
        {
            if (name.EndsWith(Suffix, StringComparison.Ordinal) && Identifier.IsValid(name[prefix.Length..^Suffix.Length]))
            {
                analyses.Add(name[prefix.Length..^Suffix.Length]);
            }
        }

        analyses.Sort(StringComparer.Ordinal);
        return analyses;
    }
}
