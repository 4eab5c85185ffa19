using System.Buffers.Binary;
using System.IO.Compression;
using System.Runtime.InteropServices;
using Parquet;
using Parquet.Schema;

namespace PythiaOrleans.Core.Tables;

/// <summary>Tables as Parquet files that pandas, polars and DuckDB read without our code. The same table and provenance give the same
/// bytes.</summary>
public static class ResultParquet
{
    private const string DescriptionPrefix = "column:";
    private const int UsualFooterBytes = 64 << 10;
    private const string NullableLists = "column::nullable"; // no column is called ':nullable'

    // Fixed: a change here changes the bytes of every result. Zstd made a typical result 10 % smaller and twice as slow to write.
    private static readonly ParquetOptions Options =
        new() { CompressionMethod = CompressionMethod.Snappy, CompressionLevel = CompressionLevel.Optimal };

    private static ReadOnlySpan<byte> Magic => "PAR1"u8;

    /// <summary>Encodes a table; list columns become Parquet lists, provenance and column descriptions its key-value metadata.</summary>
    /// <param name="table">At least one column; any number of rows, none included.</param>
    /// <param name="provenance">How the table was made. Nothing in it may differ from run to run, or equal results stop being equal
    /// bytes.</param>
    /// <param name="cancellationToken">Checked between columns.</param>
    /// <exception cref="ArgumentException">A value is not of its column's type, there is no column, or a provenance key starts with
    /// <c>column:</c>.</exception>
    public static Task<byte[]> WriteAsync(
        ResultTable table, IReadOnlyDictionary<string, string> provenance, CancellationToken cancellationToken) =>
        WriteAsync(table, provenance, Options, cancellationToken);

    /// <summary>Decodes a table from a file on this machine's disk.</summary>
    /// <inheritdoc cref="ReadAsync(ReadOnlyMemory{byte}, CancellationToken, IReadOnlyCollection{string})"/>
    public static async Task<(ResultTable Table, IReadOnlyDictionary<string, string> Provenance)> ReadFileAsync(
        string path, CancellationToken cancellationToken, IReadOnlyCollection<string>? columns = null)
    {
        var bytes = await File.ReadAllBytesAsync(path, cancellationToken).ConfigureAwait(false);
        try
        {
            return await ReadAsync(bytes, cancellationToken, columns).ConfigureAwait(false);
        }
        catch (InvalidDataException error)
        {
            throw new InvalidDataException($"{path}: {error.Message}", error);
        }
    }

    internal static async Task<byte[]> WriteAsync(
        ResultTable table, IReadOnlyDictionary<string, string> provenance, ParquetOptions options, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(table);
        ArgumentNullException.ThrowIfNull(provenance);
        if (table.Columns.Count == 0)
        {
            throw new ArgumentException("A table without columns cannot be a Parquet file; give it at least one.", nameof(table));
        }

        var fields = table.Columns.Select(column => ParquetColumns.FieldOf(column.Schema)).ToArray();
        using var buffer = new MemoryStream();
        await using (var writer = await ParquetWriter.CreateAsync(
            new ParquetSchema(fields), buffer, options, cancellationToken: cancellationToken).ConfigureAwait(false))
        {
            writer.CustomMetadata = Metadata(table, provenance);
            if (table.Count > 0) // a row group of no rows has pages that readers refuse
            {
                using var rows = writer.CreateRowGroup();
                foreach (var (column, field) in table.Columns.Zip(fields))
                {
                    cancellationToken.ThrowIfCancellationRequested();
                    await ParquetColumns.WriteAsync(rows, column, field, cancellationToken).ConfigureAwait(false);
                }

                rows.CompleteValidate();
            }
        }

        return buffer.ToArray();
    }

    /// <summary>Decodes a table.</summary>
    /// <param name="parquet">What <see cref="WriteAsync(ResultTable, IReadOnlyDictionary{string, string}, CancellationToken)"/>
    /// gave.</param>
    /// <param name="cancellationToken">Checked between columns.</param>
    /// <param name="columns">The columns that are wanted; null for all. Others are not decoded.</param>
    /// <exception cref="InvalidDataException">The bytes are no Parquet file, or hold a column type that tables do not have.</exception>
    public static Task<(ResultTable Table, IReadOnlyDictionary<string, string> Provenance)> ReadAsync(
        ReadOnlyMemory<byte> parquet, CancellationToken cancellationToken, IReadOnlyCollection<string>? columns = null) =>
        ReadAsync(parquet, columns is null ? _ => true : column => columns.Contains(column.Name), cancellationToken);

    /// <summary>Decodes the columns that are wanted; the others cost nothing.</summary>
    internal static async Task<(ResultTable Table, IReadOnlyDictionary<string, string> Provenance)> ReadAsync(
        ReadOnlyMemory<byte> parquet, Func<ColumnSchema, bool> wanted, CancellationToken cancellationToken)
    {
        try
        {
            using var buffer = StreamOver(parquet);
            await using var reader =
                await ParquetReader.CreateAsync(buffer, Options, cancellationToken: cancellationToken).ConfigureAwait(false);
            var metadata = reader.CustomMetadata;
            var nullableLists = metadata.GetValueOrDefault(NullableLists, "").Split(',');
            var read = new List<ResultColumn>();
            foreach (var field in reader.Schema.Fields)
            {
                var (description, unit) = Describe(metadata, field.Name);
                var schema = ParquetColumns.SchemaOf(field, nullableLists.Contains(field.Name), description, unit);
                if (wanted(schema))
                {
                    cancellationToken.ThrowIfCancellationRequested();
                    read.Add(await ParquetColumns.ReadAsync(reader, field, schema, cancellationToken).ConfigureAwait(false));
                }
            }

            return (
                new ResultTable(read),
                metadata.Where(entry => !entry.Key.StartsWith(DescriptionPrefix, StringComparison.Ordinal))
                    .ToDictionary(StringComparer.Ordinal));
        }
        catch (Exception error) when (error is not (OperationCanceledException or InvalidDataException))
        {
            throw new InvalidDataException($"Not a readable result table ({parquet.Length} bytes): {error.Message}", error);
        }
    }

    /// <summary>Reads the provenance of a stored file by its end alone: one range of 64 KiB, or two where the footer is longer.</summary>
    /// <param name="length">The file's length in bytes.</param>
    /// <param name="readRange">Reads a number of bytes from an offset; null where the file is gone.</param>
    /// <param name="cancellationToken">Stops the read.</param>
    /// <returns>The provenance; null where the file is gone.</returns>
    /// <exception cref="InvalidDataException">The file is no Parquet file.</exception>
    public static async Task<IReadOnlyDictionary<string, string>?> ReadProvenanceAsync(
        long length, Func<long, int, Task<byte[]?>> readRange, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(readRange);
        var count = (int)Math.Min(length, UsualFooterBytes);
        if (await readRange(length - count, count).ConfigureAwait(false) is not { } end)
        {
            return null;
        }

        var footer = FooterBytes(end, length);
        if (footer > end.Length && (end = await readRange(length - footer, footer).ConfigureAwait(false)) is null)
        {
            return null;
        }

        // The magic number and the footer alone: a file whose pages are not there, and are not read.
        byte[] pageless = [.. Magic, .. end.AsSpan(Math.Max(0, end.Length - footer))];
        return (await ReadAsync(pageless, _ => false, cancellationToken).ConfigureAwait(false)).Provenance;
    }

    // A file ends with the footer, its length as four bytes, and the magic number.
    private static int FooterBytes(ReadOnlySpan<byte> end, long length)
    {
        var ending = sizeof(int) + Magic.Length;
        var bytes = end.Length >= ending && end.EndsWith(Magic) ? BinaryPrimitives.ReadInt32LittleEndian(end[^ending..]) : -1;
        return bytes > 0 && bytes <= length - ending
            ? bytes + ending
            : throw new InvalidDataException(
                $"Not a readable result table ({length} bytes): it does not end with the footer of a Parquet file.");
    }

    private static Dictionary<string, string> Metadata(ResultTable table, IReadOnlyDictionary<string, string> provenance)
    {
        // Sorted: a dictionary promises no order of its entries, and the order enters the bytes.
        var all = new SortedDictionary<string, string>(provenance.ToDictionary(), StringComparer.Ordinal);
        if (all.Keys.FirstOrDefault(key => key.StartsWith(DescriptionPrefix, StringComparison.Ordinal)) is { } reserved)
        {
            throw new ArgumentException(
                $"Provenance key '{reserved}' is reserved for the description of columns; call it something else.", nameof(provenance));
        }

        foreach (var schema in table.Columns.Select(column => column.Schema))
        {
            // A description that itself ends with a bracket gets an empty unit, or it would lose its end on the way back.
            all[DescriptionPrefix + schema.Name] = schema.Unit.Length == 0 && !schema.Description.EndsWith(']')
                ? schema.Description
                : $"{schema.Description} [{schema.Unit}]";
        }

        // The library makes every list optional, so the file's schema does not tell which ones may be missing.
        var nullable =
            table.Columns.Where(column => column.Schema is { IsList: true, Nullable: true }).Select(column => column.Schema.Name).ToArray();
        if (nullable.Length > 0)
        {
            all[NullableLists] = string.Join(',', nullable);
        }

        return new Dictionary<string, string>(all);
    }

    private static (string Description, string Unit) Describe(IReadOnlyDictionary<string, string> metadata, string column)
    {
        var text = metadata.GetValueOrDefault(DescriptionPrefix + column, "");
        var at = text.EndsWith(']') ? text.LastIndexOf(" [", StringComparison.Ordinal) : -1;
        return at < 0 ? (text, "") : (text[..at], text[(at + 2)..^1]);
    }

    private static MemoryStream StreamOver(ReadOnlyMemory<byte> bytes) => MemoryMarshal.TryGetArray(bytes, out var array)
        ? new MemoryStream(array.Array!, array.Offset, array.Count, writable: false)
        : new MemoryStream(bytes.ToArray(), writable: false);
}
