using System.CommandLine;
using PythiaOrleans.Checkpoints.Catalog;
using PythiaOrleans.Cli.Display;
using PythiaOrleans.Cli.Hosting;
using PythiaOrleans.Cli.Options;
using PythiaOrleans.Core.Ids;
using PythiaOrleans.Core.Sweeps;
using PythiaOrleans.Core.Tables;
using PythiaOrleans.Reporting.Budgets;
using PythiaOrleans.Reporting.Published;
using PythiaOrleans.Reporting.Series;

namespace PythiaOrleans.Cli.Commands;

/// <summary><c>pythia series</c>: a series as a table, with filters.</summary>
internal static class SeriesCommand
{
    public static Command Create()
    {
        var sweep = new Argument<string>("sweep")
        {
            Description = "The sweep's name, or published: the series that the authors of the post published.",
        };
        var store = SharedOptions.Store();
        var analysis = new Option<string>("--analysis", "-a")
        {
            Description = "The analysis, one of `pythia analyses`; or norm-budget, made from weight-moments and weight-distance.",
            Required = true,
        };
        var columns = new Option<string?>("--columns", "-c")
        {
            Description = "Columns beside model, step, block, component and parameter, separated by commas. Default: all.",
        };
        var models = new Option<string?>("--models", "-m") { Description = "Models, separated by commas." };
        var components = new Option<string?>("--components")
        {
            Description = "Components, separated by commas: attention.query_key_value, mlp.dense_h_to_4h, embed_in ...",
        };
        var blocks = new Option<string?>("--blocks") { Description = "Blocks: 0,5 or 0..11." };
        var steps = new Option<string?>("--steps", "-s") { Description = "Steps: 0,1000 or 0..143000:1000." };
        var parameter = new Option<string?>("--parameter") { Description = "weight or bias." };
        var catalog = SharedOptions.Catalog();
        var format = new Option<string>("--format", "-f")
        {
            Description = "csv (default), jsonl or parquet.",
            DefaultValueFactory = _ => "csv",
        };
        format.AcceptOnlyFromAmong("csv", "jsonl", "parquet");
        var file = new Option<FileInfo?>("--out") { Description = "The file to write. Default: standard output." };
        var command = new Command("series", "Print a series of a sweep as CSV, JSON lines or Parquet.")
        {
            sweep, store, analysis, columns, models, components, blocks, steps, parameter, format, file, catalog,
        };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var name = parsed.GetValue(sweep)!;
            var series = name == PublishedSeries.Name
                ? ReadPublished(parsed.GetValue(analysis)!)
                : await ReadAsync(
                    parsed.GetValue(store)!, name, parsed.GetValue(analysis)!, SharedOptions.LoadCatalog(parsed.GetValue(catalog)),
                    cancellationToken);
            var filter = new SeriesFilter(
                SharedOptions.Words(parsed.GetValue(models)),
                SharedOptions.Words(parsed.GetValue(components)),
                Numbers(parsed.GetValue(blocks)),
                parsed.GetValue(parameter),
                Numbers(parsed.GetValue(steps)),
                SharedOptions.Words(parsed.GetValue(columns)));
            await using var stream = parsed.GetValue(file)?.Create() ?? Console.OpenStandardOutput();
            await WriteAsync(filter.ApplyStrictly(series), parsed.GetValue(format)!, name, stream, cancellationToken);
            return ExitCode.Done;
        });
        return command;
    }

    // The norm budget is no stored series: it follows from others.
    private static async Task<ResultTable> ReadAsync(
        string store, string sweep, string analysis, ModelCatalog catalog, CancellationToken cancellationToken)
    {
        var results = await StoreAccess.OpenAsync(store, cancellationToken);
        var reader = new SeriesReader(results.Blobs);
        if ((await reader.ListAsync(sweep, cancellationToken)).Count == 0)
        {
            await results.FindSweepAsync(sweep, cancellationToken); // says which sweeps there are
        }

        var series = analysis == NormBudgets.Name
            ? NormBudgets.Create(await SeriesSet.ReadAsync(reader, sweep, catalog, cancellationToken))
            : await reader.ReadAsync(sweep, analysis, cancellationToken);
        await SourceCheck.WarnOfStoredAsync(results, sweep, cancellationToken);
        return series ?? throw new ArgumentException(
            $"Sweep '{sweep}' in {store} has no series '{analysis}': "
                + $"{Suggestion.Among(analysis, await reader.ListAsync(sweep, cancellationToken))} "
                + "Series are written when a sweep ends; run it with `pythia sweep`.");
    }

    private static ResultTable ReadPublished(string analysis)
    {
        var published = PublishedSeries.Load();
        return (analysis == NormBudgets.Name ? NormBudgets.Create(published) : published.Tables.GetValueOrDefault(analysis))
            ?? throw new ArgumentException(
                $"There is no published series '{analysis}': {Suggestion.Among(analysis, [.. published.Tables.Keys, NormBudgets.Name])}");
    }

    /// <summary>Writes a table.</summary>
    /// <param name="table">The table.</param>
    /// <param name="format"><c>csv</c>, <c>jsonl</c> or <c>parquet</c>.</param>
    /// <param name="sweep">The sweep it belongs to.</param>
    /// <param name="stream">Where to.</param>
    /// <param name="cancellationToken">Stops the writing.</param>
    internal static async Task WriteAsync(
        ResultTable table, string format, string sweep, Stream stream, CancellationToken cancellationToken)
    {
        switch (format)
        {
            case "parquet":
                await stream.WriteAsync(
                    await ResultParquet.WriteAsync(table, new Dictionary<string, string> { ["sweep"] = sweep }, cancellationToken),
                    cancellationToken);
                break;
            case "jsonl":
                await SeriesText.WriteJsonLinesAsync(table, stream, cancellationToken);
                break;
            default:
                await using (var writer = new StreamWriter(stream))
                {
                    await SeriesText.WriteCsvAsync(table, writer, cancellationToken);
                }

                break;
        }
    }

    private static IReadOnlyList<int>? Numbers(string? list) => list is null ? null : StepList.Parse(list);
}
