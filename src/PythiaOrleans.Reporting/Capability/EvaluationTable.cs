using PythiaOrleans.Checkpoints.Catalog;
using PythiaOrleans.Core.Descriptions;
using PythiaOrleans.Core.Tables;

namespace PythiaOrleans.Reporting.Capability;

/// <summary>Evaluations as a series: a row for each model, step, task (as the component) and metric (as the parameter).</summary>
public static class EvaluationTable
{
    /// <summary>The name of the series.</summary>
    public const string Analysis = "evaluation";

    /// <summary>The column of scores.</summary>
    public const string Score = "score";

    /// <summary>The column of their standard errors.</summary>
    public const string Error = "standard_error";

    /// <summary>The column of the models' sizes.</summary>
    public const string Parameters = "parameters";

    /// <summary>What the series is, and its plot.</summary>
    internal static AnalysisDescription Description { get; } = new()
    {
        Name = Analysis,
        Version = 1,
        Title = "What the models can do",
        Question = "How do scores on tasks change along training, beside what the weights do?",
        Reading = "A line is one model's score on a task, as the harness computes it; each score has a standard error of a few hundredths. "
            + "Compare the steps where it rises with those where norms and distributions change.",
        Source = "lm-evaluation-harness; the scores of Pythia that EleutherAI published",
        Columns = [],
        Plots = [new(PlotKind.Series, Score, "Score", "score, 0 to 1")],
    };

    /// <summary>The table; models by size, then by name.</summary>
    /// <param name="evaluations">The scores.</param>
    /// <param name="catalog">Knows how many parameters a model has.</param>
    public static ResultTable From(IEnumerable<Evaluation> evaluations, ModelCatalog catalog)
    {
        ArgumentNullException.ThrowIfNull(evaluations);
        ArgumentNullException.ThrowIfNull(catalog);
        var all = evaluations.ToArray();
        var sizes = all.Select(row => row.Model).Distinct().ToDictionary(model => model, model => SizeOf(catalog, model));
        Evaluation[] rows =
        [
            .. all.OrderBy(row => sizes[row.Model] ?? long.MaxValue).ThenBy(row => row.Model, StringComparer.Ordinal)
                .ThenBy(row => row.Task, StringComparer.Ordinal).ThenBy(row => row.Metric, StringComparer.Ordinal)
                .ThenBy(row => row.Shots).ThenBy(row => row.Step),
        ];
        return new ResultTable(
        [
            new Column<string>(new ColumnSchema("model", typeof(string), false, "the model", ""), rows.Select(row => row.Model)),
            new Column<int>(new ColumnSchema("step", typeof(int), false, "the training step", "steps"), rows.Select(row => row.Step)),
            new Column<string>(new ColumnSchema("component", typeof(string), false, "the task", ""), rows.Select(row => row.Task)),
            new Column<string>(new ColumnSchema("parameter", typeof(string), false, "the metric", ""), rows.Select(row => row.Metric)),
            new Column<int>(new ColumnSchema("shots", typeof(int), false, "examples in the prompt", ""), rows.Select(row => row.Shots)),
            new Column<double>(new ColumnSchema(Score, typeof(double), false, "the score", ""), rows.Select(row => row.Value)),
            new Column<double?>(
                new ColumnSchema(Error, typeof(double), true, "standard error of the score", ""), rows.Select(row => row.StandardError)),
            new Column<double?>(
                new ColumnSchema(Parameters, typeof(double), true, "parameters of the model, by the catalog", ""),
                rows.Select(row => (double?)sizes[row.Model])),
        ]);
    }

    /// <summary>The scores of a table that <see cref="From"/> made.</summary>
    public static IReadOnlyList<Evaluation> Read(ResultTable table)
    {
        ArgumentNullException.ThrowIfNull(table);
        var (models, steps, tasks) = (table.Read<string>("model"), table.Read<int>("step"), table.Read<string>("component"));
        var (metrics, shots) = (table.Read<string>("parameter"), table.Read<int>("shots"));
        var (scores, errors) = (table.Read<double>(Score), table.Read<double?>(Error));
        return
        [
            .. Enumerable.Range(0, table.Count).Select(row => new Evaluation(
                models[row], steps[row], tasks[row], metrics[row], shots[row], scores[row], errors[row])),
        ];
    }

    // A model that only a plugin's or a user's catalog knows, or whose configuration cannot be read, has no size.
    private static long? SizeOf(ModelCatalog catalog, string model) =>
        catalog.TryFind(model) is { } known && known.FindProblem() is null ? known.Shape.ParameterCount : null;
}
