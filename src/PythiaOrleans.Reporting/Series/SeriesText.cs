using System.Globalization;
using System.Text;
using System.Text.Json;
using PythiaOrleans.Core.Tables;

namespace PythiaOrleans.Reporting.Series;

/// <summary>Tables as text: CSV (RFC 4180) and JSON lines. Numbers round-trip; NaN and infinities are empty in CSV and null in
/// JSON.</summary>
public static class SeriesText
{
    /// <summary>Writes a header line and one line per row.</summary>
    public static async Task WriteCsvAsync(ResultTable table, TextWriter writer, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(table);
        ArgumentNullException.ThrowIfNull(writer);
        await writer.WriteAsync(string.Join(',', table.Columns.Select(column => Quote(column.Schema.Name))) + "\r\n").ConfigureAwait(false);
        Action<StringBuilder, int>[] cells = [.. table.Columns.Select(CsvCell)];
        var line = new StringBuilder();
        for (var row = 0; row < table.Count; row++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            line.Clear();
            for (var column = 0; column < cells.Length; column++)
            {
                line.Append(column > 0 ? "," : "");
                cells[column](line, row);
            }

            await writer.WriteAsync(line.Append("\r\n"), cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Writes one JSON object per line.</summary>
    public static async Task WriteJsonLinesAsync(ResultTable table, Stream stream, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(table);
        ArgumentNullException.ThrowIfNull(stream);
        (string Name, Action<Utf8JsonWriter, int> Write)[] columns =
            [.. table.Columns.Select(column => (column.Schema.Name, JsonCell(column)))];
        using var buffer = new MemoryStream();
        using var json = new Utf8JsonWriter(buffer);
        for (var row = 0; row < table.Count; row++)
        {
            buffer.SetLength(0);
            json.Reset();
            json.WriteStartObject();
            foreach (var (name, write) in columns)
            {
                json.WritePropertyName(name);
                write(json, row);
            }

            json.WriteEndObject();
            await json.FlushAsync(cancellationToken).ConfigureAwait(false);
            buffer.WriteByte((byte)'\n');
            await stream.WriteAsync(buffer.GetBuffer().AsMemory(0, (int)buffer.Length), cancellationToken).ConfigureAwait(false);
        }
    }

    private static Action<Utf8JsonWriter, int> JsonCell(ResultColumn column) => column switch
    {
        Column<string?> texts => (json, row) => json.WriteStringValue(texts.Values[row]),
        Column<int> numbers => (json, row) => json.WriteNumberValue(numbers.Values[row]),
        Column<int?> numbers => (json, row) => Write(json, numbers.Values[row]),
        Column<long> numbers => (json, row) => json.WriteNumberValue(numbers.Values[row]),
        Column<long?> numbers => (json, row) => Write(json, numbers.Values[row]),
        Column<double> numbers => (json, row) => Write(json, numbers.Values[row]),
        Column<double?> numbers => (json, row) => Write(json, numbers.Values[row] ?? double.NaN),
        Column<bool> flags => (json, row) => json.WriteBooleanValue(flags.Values[row]),
        Column<bool?> flags => (json, row) => Write(json, flags.Values[row]),
        Column<int[]?> lists => (json, row) => Write(json, lists.Values[row], static (json, number) => json.WriteNumberValue(number)),
        Column<long[]?> lists => (json, row) => Write(json, lists.Values[row], static (json, number) => json.WriteNumberValue(number)),
        Column<float[]?> lists => (json, row) => Write(json, lists.Values[row], Write),
        Column<double[]?> lists => (json, row) => Write(json, lists.Values[row], Write),
        _ => throw new InvalidOperationException($"Column '{column.Schema.Name}' has no text form."),
    };

    private static Action<StringBuilder, int> CsvCell(ResultColumn column) => column switch
    {
        Column<string?> texts => (line, row) => line.Append(texts.Values[row] is { } text ? Quote(text) : ""),
        Column<int> numbers => (line, row) => line.Append(CultureInfo.InvariantCulture, $"{numbers.Values[row]}"),
        Column<int?> numbers => (line, row) => line.Append(CultureInfo.InvariantCulture, $"{numbers.Values[row]}"),
        Column<long> numbers => (line, row) => line.Append(CultureInfo.InvariantCulture, $"{numbers.Values[row]}"),
        Column<long?> numbers => (line, row) => line.Append(CultureInfo.InvariantCulture, $"{numbers.Values[row]}"),
        Column<double> numbers => (line, row) => Append(line, numbers.Values[row]),
        Column<double?> numbers => (line, row) => Append(line, numbers.Values[row] ?? double.NaN),
        Column<bool> flags => (line, row) => line.Append(flags.Values[row] ? "true" : "false"),
        Column<bool?> flags => (line, row) => line.Append(flags.Values[row] is { } flag ? flag ? "true" : "false" : ""),
        { Schema.IsList: true } when JsonCell(column) is var write => (line, row) => line.Append(Quote(JsonList(write, row))),
        _ => throw new InvalidOperationException($"Column '{column.Schema.Name}' has no text form."),
    };

    private static void Append(StringBuilder line, double number)
    {
        if (double.IsFinite(number))
        {
            line.Append(CultureInfo.InvariantCulture, $"{number:R}");
        }
    }

    private static void Write(Utf8JsonWriter json, long? number)
    {
        if (number is { } value)
        {
            json.WriteNumberValue(value);
        }
        else
        {
            json.WriteNullValue();
        }
    }

    private static void Write(Utf8JsonWriter json, bool? flag)
    {
        if (flag is { } value)
        {
            json.WriteBooleanValue(value);
        }
        else
        {
            json.WriteNullValue();
        }
    }

    private static void Write(Utf8JsonWriter json, double number)
    {
        if (double.IsFinite(number))
        {
            json.WriteNumberValue(number);
        }
        else
        {
            json.WriteNullValue();
        }
    }

    private static void Write(Utf8JsonWriter json, float number)
    {
        if (float.IsFinite(number))
        {
            json.WriteNumberValue(number);
        }
        else
        {
            json.WriteNullValue();
        }
    }

    private static void Write<T>(Utf8JsonWriter json, T[]? list, Action<Utf8JsonWriter, T> writeItem)
    {
        if (list is null)
        {
            json.WriteNullValue();
            return;
        }

        json.WriteStartArray();
        foreach (var item in list)
        {
            writeItem(json, item);
        }

        json.WriteEndArray();
    }

    // A missing list is an empty cell, not the text 'null'.
    private static string JsonList(Action<Utf8JsonWriter, int> write, int row)
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer))
        {
            write(json, row);
        }

        var text = Encoding.UTF8.GetString(buffer.GetBuffer().AsSpan(0, (int)buffer.Length));
        return text == "null" ? "" : text;
    }

    private static string Quote(string text)
    {
        // A spreadsheet would run a text that starts like a formula.
        var safe = text.Length > 0 && "=+-@\t\r".Contains(text[0]) ? "'" + text : text;
        return safe.AsSpan().IndexOfAny("\",\r\n") < 0 ? safe : $"\"{safe.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";
    }
}
