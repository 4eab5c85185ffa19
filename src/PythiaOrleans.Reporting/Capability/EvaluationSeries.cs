using PythiaOrleans.Checkpoints.Catalog;
using PythiaOrleans.Core.Tables;
using PythiaOrleans.Reporting.Published;
using PythiaOrleans.Reporting.Series;

namespace PythiaOrleans.Reporting.Capability;

/// <summary>Joins evaluations with the series of a sweep, by model and step.</summary>
public static class EvaluationSeries
{
    // The post measured the first release of Pythia; evaluations call those models by their names on the hub.
    private const string FirstRelease = "-v0";

    /// <summary>The series, and beside them the evaluations of their models as a further one.</summary>
    /// <param name="series">The series of a sweep, or the published ones.</param>
    /// <param name="evaluations">Scores of any models.</param>
    /// <param name="catalog">Knows sizes and other names of models.</param>
    /// <param name="shots">Examples in the prompt: a table has one curve for each task and metric.</param>
    public static SeriesSet Join(SeriesSet series, IReadOnlyList<Evaluation> evaluations, ModelCatalog catalog, int shots = 0)
    {
        ArgumentNullException.ThrowIfNull(series);
        ArgumentNullException.ThrowIfNull(evaluations);
        var names = series.Models.ToLookup(model => NameOf(series, model, catalog));
        Evaluation[] own =
        [
            .. evaluations.Where(score => score.Shots == shots)
                .SelectMany(score => names[score.Model].Select(model => score with { Model = model })),
        ];
        if (own.Length == 0)
        {
            return series;
        }

        return series with
        {
            Tables = new Dictionary<string, ResultTable>(series.Tables) { [EvaluationTable.Analysis] = EvaluationTable.From(own, catalog) },
        };
    }

    /// <summary>Evaluations alone as series.</summary>
    public static SeriesSet Create(IReadOnlyList<Evaluation> evaluations, ModelCatalog catalog, int shots = 0) => new(
        EvaluationTable.Analysis,
        new Dictionary<string, ResultTable>
        {
            [EvaluationTable.Analysis] = EvaluationTable.From(evaluations.Where(score => score.Shots == shots), catalog),
        });

    /// <summary>The name under which evaluations know a model of the series.</summary>
    public static string NameOf(SeriesSet series, string model, ModelCatalog catalog)
    {
        ArgumentNullException.ThrowIfNull(series);
        ArgumentNullException.ThrowIfNull(catalog);
        var name = catalog.TryFind(model)?.Name ?? model;
        return series.Name == PublishedSeries.Name ? name + FirstRelease : name;
    }
}
