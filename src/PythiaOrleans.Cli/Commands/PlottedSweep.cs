using PythiaOrleans.Checkpoints.Catalog;
using PythiaOrleans.Core.Descriptions;
using PythiaOrleans.Core.Sweeps;
using PythiaOrleans.Reporting.Report;

namespace PythiaOrleans.Cli.Commands;

/// <summary>A sweep whose plots are drawn.</summary>
/// <param name="Store">Its results.</param>
/// <param name="Catalog">Its models.</param>
/// <param name="Sweep">Its spec.</param>
/// <param name="Analyses">What it measured.</param>
internal sealed record PlottedSweep(
    ResultStore Store, ModelCatalog Catalog, SweepSpec Sweep, IReadOnlyList<AnalysisDescription> Analyses)
{
    /// <summary>The plots that have values.</summary>
    public Task<IReadOnlyList<PlotListing>> ListAsync(CancellationToken cancellationToken) =>
        PlotExporter.ListAsync(Store, Catalog, Sweep, Analyses, cancellationToken);

    /// <summary>One plot; of a plot of one step every committed step, or the one that is nearest to a wanted one.</summary>
    public async Task<PlotExporter> OpenAsync(string plot, bool isWhole, int? step, CancellationToken cancellationToken)
    {
        var steps = Sweep.Steps;
        if (!isWhole)
        {
            var standing = await Store.Ledger.ReadAsync(Sweep, cancellationToken);
            var analysis = Analyses.FirstOrDefault(one => plot.StartsWith($"{one.Name}-", StringComparison.Ordinal));
            var nearest = steps.Where(at => analysis is not null && standing.Models.Any(model => model.Listing.Contains(analysis.Id, at)))
                .Cast<int?>().MinBy(at => Math.Abs((long)at!.Value - (step ?? int.MaxValue)));
            steps = nearest is { } one ? [one] : [];
        }

        return await PlotExporter.OpenAsync(Store, Catalog, Sweep, Analyses, plot, steps, cancellationToken);
    }
}
