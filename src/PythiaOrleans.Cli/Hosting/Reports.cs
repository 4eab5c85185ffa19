using PythiaOrleans.Analyses;
using PythiaOrleans.Checkpoints.Catalog;
using PythiaOrleans.Cli.Display;
using PythiaOrleans.Core.Ids;
using PythiaOrleans.Core.Sweeps;
using PythiaOrleans.Reporting.Report;
using PythiaOrleans.Reporting.Series;

namespace PythiaOrleans.Cli.Hosting;

/// <summary>Brings series up to date and writes a report of them.</summary>
internal static class Reports
{
    /// <summary>Whether a report was written there, to its end: the page comes last.</summary>
    public static bool IsThere(string folder) => File.Exists(Path.Combine(folder, ReportWriter.PageFile));

    /// <exception cref="ArgumentException">There is no such sweep.</exception>
    public static async Task<ReportFiles> WriteAsync(
        string store,
        string sweep,
        ModelCatalog catalog,
        AnalysisRegistry registry,
        string folder,
        bool stills,
        CancellationToken cancellationToken)
    {
        var results = await StoreAccess.OpenAsync(store, cancellationToken);
        var spec = await results.FindSweepAsync(sweep, cancellationToken);
        await SourceCheck.WarnOfStoredAsync(results, sweep, cancellationToken);
        var compactor = new SeriesCompactor(results, catalog, registry.DerivedColumns);
        foreach (var analysis in spec.Analyses)
        {
            await compactor.CompactAsync(spec, analysis, cancellationToken);
        }

        var analyses = registry.Create(AnalysisSettings.FromSweep(spec));
        AnalysisId[] unknown = [.. spec.Analyses.Where(asked => analyses.All(known => known.Description.Id.Name != asked.Name))];
        if (unknown.Length > 0)
        {
            Output.Note(
                $"The report leaves out {string.Join(", ", unknown.Select(analysis => analysis.Name))}: "
                    + "name the plugin that has it with --plugin.");
        }

        var tokenText = await SweepTokens.LoadAsync(spec, Output.Note, cancellationToken);
        var files = await new ReportWriter(results, catalog).WriteAsync(
            spec, [.. analyses.Select(analysis => analysis.Description)], folder, stills, cancellationToken, tokenText);
        if (!files.Labelled)
        {
            Output.Note(
                "This machine has no fonts: the PNG files bear no words. Install some, such as the package fonts-dejavu-core, and run "
                    + "`pythia report --stills` again.");
        }

        return files;
    }
}
