using PythiaOrleans.Checkpoints.Catalog;
using PythiaOrleans.Reporting.Findings;
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
        var page = SeriesPage.Create(series, findings, catalog) with { Title = $"Findings of {series.Name}" };
        await File.WriteAllTextAsync(file, ReportWriter.Page(page), cancellationToken).ConfigureAwait(false);
    }
}
