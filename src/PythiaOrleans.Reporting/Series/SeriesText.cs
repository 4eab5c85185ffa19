using System.Globalization;
using System.Text;
using System.Text.Json;
using PythiaOrleans.Core.Tables;

namespace PythiaOrleans.Reporting.Series;

/// <summary>Tables as text: CSV (RFC 4180) and JSON lines. Numbers round-trip; NaN and infinities are empty in CSV and null in JSON.</summary>
public static class SeriesText
{
    /// <summary>Writes a header line and a line a row.</summary>
    public static async Task WriteCsvAsync(ResultTable table, TextWriter writer, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(table);
        ArgumentNullException.ThrowIfNull(writer);
        await writer.WriteAsync(string.Join(',', table.Columns.Select(column => Quote(column.Schema.Name))) + "\r\n").ConfigureAwait(false);
        var line = new StringBuilder();
        for (var row = 0; row < table.Count; row++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            line.Clear().AppendJoin(',', table.Columns.Select(column => Cell(column.Values[row]))).Append("\r\n");
            await writer.WriteAsync(line, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Writes one JSON object a line.</summary>
    public static async Task WriteJsonLinesAsync(ResultTable table, Stream stream, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(table);
        ArgumentNullException.ThrowIfNull(stream);
        using var buffer = new MemoryStream();
        for (var row = 0; row < table.Count; row++)
        {
            buffer.SetLength(0);
            using (var json = new Utf8JsonWriter(buffer))
            {
                json.WriteStartObject();
                foreach (var column in table.Columns)
                {
                    json.WritePropertyName(column.Schema.Name);
                    WriteValue(json, column.Values[row]);
                }

                json.WriteEndObject();
            }

            buffer.WriteByte((byte)'\n');
            await stream.WriteAsync(buffer.GetBuffer().AsMemory(0, (int)buffer.Length), cancellationToken).ConfigureAwait(false);
        }
    }

    private static void WriteValue(Utf8JsonWriter json, object? value)
    {
        switch (value)
        {
            case double number when double.IsFinite(number):
                json.WriteNumberValue(number);
                break;
            case float number when float.IsFinite(number):
                json.WriteNumberValue(number);
                break;
            case null or double or float:
                json.WriteNullValue();
                break;
            case Array list:
                json.WriteStartArray();
                foreach (var item in list)
                {
                    WriteValue(json, item);
                }

                json.WriteEndArray();
                break;
            default:
                JsonSerializer.Serialize(json, value, value.GetType());
                break;
        }
    }

    private static string Cell(object? value) => value switch
    {
        null => "",
        double number => double.IsFinite(number) ? number.ToString("R", CultureInfo.InvariantCulture) : "",
        bool flag => flag ? "true" : "false",
        IFormattable number => number.ToString(null, CultureInfo.InvariantCulture),
        Array list => Quote(JsonList(list)),
        _ => Quote(value.ToString()!),
    };

    private static string JsonList(Array list)
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer))
        {
            WriteValue(json, list);
        }

        return Encoding.UTF8.GetString(buffer.GetBuffer().AsSpan(0, (int)buffer.Length));
    }

    private static string Quote(string text)
    {
        // A spreadsheet would run a text that starts like a formula.
        var safe = text.Length > 0 && "=+-@\t\r".Contains(text[0]) ? "'" + text : text;
        return safe.AsSpan().IndexOfAny("\",\r\n") < 0 ? safe : $"\"{safe.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";
    }
}
