using Parquet;
using Parquet.Schema;

namespace PythiaOrleans.Results;

/// <summary>Tables as Parquet files that pandas, polars and DuckDB read without our code. The same table and provenance give the same bytes.</summary>
public static class ResultParquet
{
    private const string DescriptionPrefix = "column:";
    private const string UnitSeparator = " | unit: ";

    private static readonly ParquetOptions Options = new() { CompressionMethod = CompressionMethod.Zstd };

    /// <summary>Encodes a table; list columns become Parquet lists, provenance and column descriptions its key-value metadata.</summary>
    /// <param name="table">Any number of rows, none included.</param>
    /// <param name="provenance">How the table was made. Nothing in it may differ from run to run, or equal results stop being equal bytes.</param>
    /// <param name="cancellationToken">Checked between columns.</param>
    public static async Task<byte[]> WriteAsync(ResultTable table, IReadOnlyDictionary<string, string> provenance, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(table);
        ArgumentNullException.ThrowIfNull(provenance);
        var fields = table.Columns.Select(column => ParquetColumns.FieldOf(column.Schema)).ToArray();
        using var buffer = new MemoryStream();
        await using (var writer = await ParquetWriter.CreateAsync(new ParquetSchema(fields), buffer, Options, cancellationToken: cancellationToken).ConfigureAwait(false))
        {
            writer.CustomMetadata = Metadata(table, provenance);
            using var rows = writer.CreateRowGroup();
            foreach (var (column, field) in table.Columns.Zip(fields))
            {
                await ParquetColumns.WriteAsync(rows, column, field, cancellationToken).ConfigureAwait(false);
            }

            rows.CompleteValidate();
        }

        return buffer.ToArray();
    }

    /// <summary>Decodes a table.</summary>
    /// <param name="parquet">What <see cref="WriteAsync"/> gave.</param>
    /// <param name="cancellationToken">Checked between columns.</param>
    /// <param name="columns">The columns that are wanted; null for all. Others are not decoded.</param>
    /// <exception cref="InvalidDataException">The bytes are no Parquet file, or hold a column type that tables do not have.</exception>
    public static async Task<(ResultTable Table, IReadOnlyDictionary<string, string> Provenance)> ReadAsync(
        ReadOnlyMemory<byte> parquet, CancellationToken cancellationToken, IReadOnlyCollection<string>? columns = null)
    {
        try
        {
            using var buffer = new MemoryStream(parquet.ToArray(), writable: false);
            await using var reader = await ParquetReader.CreateAsync(buffer, Options, cancellationToken: cancellationToken).ConfigureAwait(false);
            var metadata = reader.CustomMetadata;
            using var rows = reader.OpenRowGroupReader(0);
            var read = new List<ResultColumn>();
            foreach (var field in reader.Schema.Fields.Where(field => columns?.Contains(field.Name) ?? true))
            {
                var (description, unit) = Describe(metadata, field.Name);
                read.Add(await ParquetColumns.ReadAsync(rows, field, description, unit, cancellationToken).ConfigureAwait(false));
            }

            return (
                new ResultTable(read),
                metadata.Where(entry => !entry.Key.StartsWith(DescriptionPrefix, StringComparison.Ordinal)).ToDictionary(StringComparer.Ordinal));
        }
        catch (Exception error) when (error is not (OperationCanceledException or InvalidDataException))
        {
            throw new InvalidDataException($"Not a readable result table ({parquet.Length} bytes): {error.Message}", error);
        }
    }

    private static Dictionary<string, string> Metadata(ResultTable table, IReadOnlyDictionary<string, string> provenance)
    {
        // Sorted: the order of a dictionary's entries is nobody's promise, and it would enter the bytes.
        var all = new SortedDictionary<string, string>(provenance.ToDictionary(), StringComparer.Ordinal);
        foreach (var schema in table.Columns.Select(column => column.Schema))
        {
            all[DescriptionPrefix + schema.Name] = schema.Unit.Length == 0 ? schema.Description : schema.Description + UnitSeparator + schema.Unit;
        }

        return new Dictionary<string, string>(all);
    }

    private static (string Description, string Unit) Describe(IReadOnlyDictionary<string, string> metadata, string column)
    {
        var text = metadata.GetValueOrDefault(DescriptionPrefix + column, "");
        var at = text.IndexOf(UnitSeparator, StringComparison.Ordinal);
        return at < 0 ? (text, "") : (text[..at], text[(at + UnitSeparator.Length)..]);
    }
}
