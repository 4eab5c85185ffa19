using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using PythiaOrleans.Analyses;
using PythiaOrleans.Core.Sweeps;
using PythiaOrleans.Core.Tables;
using PythiaOrleans.Reporting.Series;

namespace PythiaOrleans.Server.Api;

/// <summary><c>/api/v1/sweeps/{sweep}/series</c>: what a sweep found, as JSON, CSV or Parquet.</summary>
internal static class SeriesApi
{
    public static void Map(IEndpointRouteBuilder api)
    {
        var series = api.MapGroup("/sweeps/{sweep}/series").WithTags("series");
        series.MapGet("", ListAsync).WithSummary("The analyses of a sweep with the columns of their series");
        series.MapGet("/{analysis}", ReadAsync).WithSummary(
            "One series: format=json (default), jsonl, csv or parquet; models, components, blocks, steps, columns and parameter choose "
            + "parts of it; fresh=true puts in what was committed since it was written");
    }

    private static async Task<IReadOnlyList<SeriesDescription>> ListAsync(
        string sweep, ResultStore store, AnalysisRegistry registry, CancellationToken cancellationToken)
    {
        var spec = await SpecAsync(sweep, store, cancellationToken).ConfigureAwait(false);
        return
        [
            .. registry.Create(AnalysisSettings.FromSweep(spec))
                .Select(analysis => analysis.Description)
                .Where(description => spec.Analyses.Any(analysis => analysis.Name == description.Name))
                .Select(description => new SeriesDescription(
                    description.Name, description.Title,
                    [.. description.Columns.Where(column => !column.IsList).Select(column =>
                        new SeriesColumnDescription(column.Name, column.Type == typeof(double), column.Description, column.Unit))])),
        ];
    }

    private static async Task<IResult> ReadAsync(
        string sweep,
        string analysis,
        ResultStore store,
        SeriesCompactor compactor,
        string? format,
        string? models,
        string? components,
        string? blocks,
        string? steps,
        string? columns,
        string? parameter,
        bool? fresh,
        CancellationToken cancellationToken)
    {
        var spec = await SpecAsync(sweep, store, cancellationToken).ConfigureAwait(false);
        var id = spec.Analyses.FirstOrDefault(known => known.Name == analysis);
        if (id.Name is null)
        {
            throw new NotFoundException(
                $"Sweep '{sweep}' has no analysis '{analysis}': it has {string.Join(", ", spec.Analyses.Select(known => known.Name))}.");
        }

        // A request only reads: series are written by the sweep, never by a reader.
        var all = fresh == true
            ? await compactor.ReadFreshAsync(spec, id, cancellationToken).ConfigureAwait(false)
                ?? throw new NotFoundException($"Sweep '{sweep}' has no result of '{analysis}' yet.")
            : await new SeriesReader(store.Blobs).ReadAsync(sweep, analysis, cancellationToken).ConfigureAwait(false)
                ?? throw new NotFoundException(
                    $"Sweep '{sweep}' has no series of '{analysis}' yet. It is written when the sweep ends; "
                    + "fresh=true answers with what is there now.");
        var wanted =
            new SeriesFilter(Words(models), Words(components), Numbers(blocks), parameter, Numbers(steps), Words(columns)).Apply(all);
        return format switch
        {
            null or "json" => TypedResults.Stream(stream => WriteJsonAsync(wanted, stream, cancellationToken), "application/json"),
            "jsonl" =>
                TypedResults.Stream(stream => SeriesText.WriteJsonLinesAsync(wanted, stream, cancellationToken), "application/jsonl"),
            "csv" => TypedResults.Stream(
                async stream =>
                {
                    await using var writer = new StreamWriter(stream);
                    await SeriesText.WriteCsvAsync(wanted, writer, cancellationToken).ConfigureAwait(false);
                },
                "text/csv; charset=utf-8"),
            "parquet" => TypedResults.Bytes(
                await ResultParquet.WriteAsync(wanted, new Dictionary<string, string> { ["sweep"] = sweep }, cancellationToken)
                    .ConfigureAwait(false),
                "application/vnd.apache.parquet", $"{sweep}-{analysis}.parquet"),
            _ => throw new ArgumentException($"format={format}: expected json, jsonl, csv or parquet."),
        };
    }

    // One array around the lines: what requests.get(...).json() reads in one go.
    private static async Task WriteJsonAsync(ResultTable table, Stream stream, CancellationToken cancellationToken)
    {
        using var lines = new MemoryStream();
        await SeriesText.WriteJsonLinesAsync(table, lines, cancellationToken).ConfigureAwait(false);
        var text = lines.GetBuffer().AsMemory(0, (int)Math.Max(0, lines.Length - 1));
        for (var i = 0; i < text.Length; i++)
        {
            if (text.Span[i] == (byte)'\n')
            {
                text.Span[i] = (byte)','; // a line break inside a text is written as \n, so these stand between rows only
            }
        }

        await stream.WriteAsync("["u8.ToArray(), cancellationToken).ConfigureAwait(false);
        await stream.WriteAsync(text, cancellationToken).ConfigureAwait(false);
        await stream.WriteAsync("]"u8.ToArray(), cancellationToken).ConfigureAwait(false);
    }

    private static async Task<SweepSpec> SpecAsync(string sweep, ResultStore store, CancellationToken cancellationToken) =>
        await store.ReadSweepAsync(sweep, cancellationToken).ConfigureAwait(false)
            ?? throw new NotFoundException($"There is no sweep '{sweep}' in {store.Blobs.Name}.");

    private static string[]? Words(string? list) =>
        list?.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);

    private static IReadOnlyList<int>? Numbers(string? list) => list is null ? null : StepList.Parse(list);
}

/// <summary>The series of one analysis.</summary>
/// <param name="Analysis">Its name.</param>
/// <param name="Title">For people.</param>
/// <param name="Columns">Its columns.</param>
public sealed record SeriesDescription(string Analysis, string Title, IReadOnlyList<SeriesColumnDescription> Columns);

/// <summary>One column of a series.</summary>
/// <param name="Name">As in the files.</param>
/// <param name="IsReal">Whether it holds measured numbers, rather than names, counts or flags.</param>
/// <param name="Description">What it is.</param>
/// <param name="Unit">Its unit; empty for pure numbers.</param>
public sealed record SeriesColumnDescription(string Name, bool IsReal, string Description, string Unit);
