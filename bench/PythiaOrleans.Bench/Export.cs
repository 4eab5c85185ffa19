using System.Text.Json;
using PythiaOrleans.Core.Storage;
using PythiaOrleans.Core.Sweeps;
using PythiaOrleans.Reporting.Series;

namespace PythiaOrleans.Bench;

/// <summary>
/// Writes the results of one checkpoint as JSON, with the seconds that each analysis took: what <c>bench/compare.py</c> reads.
/// </summary>
internal static class Export
{
    public static async Task RunAsync(string folder, string model, int step, string path)
    {
        var store = new ResultStore(BlobStores.Open(folder));
        await using var file = File.Create(path);
        await using var json = new Utf8JsonWriter(file);
        json.WriteStartObject();
        foreach (var key in (await store.ListAsync(model, CancellationToken.None)).Where(key => key.Checkpoint.Step == step))
        {
            using var rows = new MemoryStream();
            await SeriesText.WriteJsonLinesAsync((await store.ReadAsync(key, CancellationToken.None))!, rows, CancellationToken.None);
            json.WriteStartObject(key.Analysis.Name);
            json.WriteNumber("seconds", (await store.ReadRunAsync(key, CancellationToken.None))!.ComputeSeconds);
            json.WriteStartArray("rows");
            rows.Position = 0;
            using var reader = new StreamReader(rows);
            while (await reader.ReadLineAsync() is { } line)
            {
                json.WriteRawValue(line);
            }

            json.WriteEndArray();
            json.WriteEndObject();
        }

        json.WriteEndObject();
    }
}
