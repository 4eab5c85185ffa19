using PythiaOrleans.Checkpoints.Catalog;
using PythiaOrleans.Core.Storage;
using PythiaOrleans.Reporting.Capability;
using PythiaOrleans.Reporting.Series;

namespace PythiaOrleans.Reporting.Findings;

/// <summary>Joins the evaluations that findings read with the series that they judge.</summary>
public static class FindingEvaluations
{
    /// <summary>The series with the published evaluations of their models, and those that were imported into a store.</summary>
    /// <param name="series">What will be judged.</param>
    /// <param name="store">Holds imports; null where there are none.</param>
    /// <param name="catalog">Knows sizes and other names of models.</param>
    /// <param name="cancellationToken">Stops the read.</param>
    public static async Task<SeriesSet> JoinAsync(
        SeriesSet series, IBlobStore? store, ModelCatalog catalog, CancellationToken cancellationToken)
    {
        var tasks = FindingCatalog.All.SelectMany(finding => finding.Reads)
            .Where(column => column.Analysis == EvaluationTable.Analysis).SelectMany(column => column.Components).ToHashSet();
        var evaluations = store is null
            ? PublishedEvaluations.Load(tasks.Contains)
            : await new EvaluationStore(store).ReadAllAsync(tasks.Contains, cancellationToken).ConfigureAwait(false);
        return EvaluationSeries.Join(series, evaluations, catalog);
    }
}
