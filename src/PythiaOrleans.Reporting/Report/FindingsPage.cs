using PythiaOrleans.Checkpoints.Catalog;
using PythiaOrleans.Reporting.Findings;
using PythiaOrleans.Reporting.Plots;
using PythiaOrleans.Reporting.Series;

namespace PythiaOrleans.Reporting.Report;

/// <summary>Findings alone as one HTML file: verdicts, numbers and pictures of any series, the published ones too.</summary>
public static class FindingsPage
{
    /// <summary>Writes the page.</summary>
    /// <param name="series">What was judged.</param>
    /// <param name="findings">The verdicts.</param>
    /// <param name="catalog">Knows how many parameters a model has; a model that it does not know is shown without.</param>
    /// <param name="file">The file; its folder is made where there is none.</param>
    /// <param name="cancellationToken">Stops the writing.</param>
    public static async Task WriteAsync(
        SeriesSet series,
        IReadOnlyList<FindingReport> findings,
        ModelCatalog catalog,
        string file,
        CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(series);
        ArgumentNullException.ThrowIfNull(catalog);
        Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(file))!);
        await File.WriteAllTextAsync(file, ReportWriter.Page(Create(series, findings, catalog)), cancellationToken).ConfigureAwait(false);
    }

    private static ReportPage Create(SeriesSet series, IReadOnlyList<FindingReport> findings, ModelCatalog catalog)
    {
        int[] steps = [.. series.Tables.Values.SelectMany(table => table.Read<int>("step")).Distinct().Order()];
        var known = catalog.Models.ToDictionary(model => model.Name, model => model.Shape.ParameterCount);
        ReportModel[] models =
        [
            .. series.Models.Select(model => new ReportModel(model, Blocks(series, model), known.GetValueOrDefault(model), steps)),
        ];
        return new ReportPage(
            series.Name, models, steps.Length, 0, 0, [], FindingPanels.Create(findings, series.Models), new Dictionary<int, string>(), [])
        {
            Title = $"Findings of {series.Name}",
            Overview = Overviews.Create(series, findings, series.Models),
        };
    }

    private static int Blocks(SeriesSet series, string model) => series.Tables.Values.Max(table =>
    {
        var names = table.Read<string>("model");
        return table.Find("block") is not { } column ? 0 : column.Read<int?>()
            .Where((_, row) => names[row] == model).Max() + 1 ?? 0;
    });
}
