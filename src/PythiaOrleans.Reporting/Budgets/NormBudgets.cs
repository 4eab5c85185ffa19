using PythiaOrleans.Core.Descriptions;
using PythiaOrleans.Core.Ids;
using PythiaOrleans.Core.Tables;
using PythiaOrleans.Reporting.Series;

namespace PythiaOrleans.Reporting.Budgets;

/// <summary>The norm budgets of all parameters of a set of series, as a series of their own: made from stored ones, never stored.</summary>
public static class NormBudgets
{
    /// <summary>The name under which commands and plots know the series.</summary>
    public const string Name = "norm-budget";

    private const string Moments = "weight-moments";
    private const string Distances = "weight-distance";

    /// <summary>What the series is, and its plots.</summary>
    public static AnalysisDescription Description { get; } = new()
    {
        Name = Name,
        Version = 1,
        Title = "Norm budget",
        Question = "What does weight decay take of the weights' norms, and what do the updates add?",
        Reading = "Weight decay takes a share of each squared norm and the updates add to it; where both are equal the norm rests at its "
            + "equilibrium. A random walk's share near 1 means that updates point in directions that have nothing to do with each other.",
        Source = "AdamW's norm budget: Loshchilov and Hutter 2019; Kosson et al. 2023 (arXiv:2305.17212)",
        Columns = TableSchema.For<NormBudgetRow>().Columns,
        Plots =
        [
            new(PlotKind.Series, "net_growth", "Net growth", "squared norm added since the checkpoint before"),
            new(PlotKind.Series, "decay", "Weight decay's share", "squared norm taken since the checkpoint before"),
            new(PlotKind.Series, "random_walk_share", "Random walk's share of the growth", "share of the net growth", Logarithmic: true),
            new(PlotKind.Series, "equilibrium_norm", "Equilibrium norm", "norm at which decay and growth balance"),
            new(PlotKind.Series, "fitted_norm", "Norm of the fitted budget", "Frobenius norm"),
        ],
    };

    /// <summary>
    /// One row for each norm of <c>weight-moments</c>; null where there is none, or nothing is known of any model's schedule.
    /// </summary>
    public static ResultTable? Create(SeriesSet series)
    {
        ArgumentNullException.ThrowIfNull(series);
        var budgets = Of(series);
        var places = series.Models.Select((model, index) => (model, index)).ToDictionary(pair => pair.model, pair => pair.index);
        ResultTable[] tables =
        [
            .. budgets.SelectMany(budget => budget.Rows().Select(row => (budget.Norms.Model, row.Step, row.Row)))
                .GroupBy(row => (row.Model, row.Step)).OrderBy(group => places[group.Key.Model]).ThenBy(group => group.Key.Step)
                .Select(group => ResultTable.From(new CheckpointId(group.Key.Model, group.Key.Step), group.Select(row => row.Row))),
        ];
        return tables.Length == 0 ? null : new ResultTable(
            [.. tables[0].Columns.Select((_, i) => ResultColumn.Concatenate([.. tables.Select(table => table.Columns[i])]))]);
    }

    /// <summary>The budget of each parameter in short, with the weight decay that its curve speaks for. Takes seconds.</summary>
    public static IReadOnlyList<NormBudgetSummary> Summarise(SeriesSet series)
    {
        ArgumentNullException.ThrowIfNull(series);
        var budgets = Of(series);
        var found = new NormBudgetSummary[budgets.Count];
        Parallel.For(0, budgets.Count, i => found[i] = NormBudgetSummary.Of(budgets[i]));
        return found;
    }

    /// <summary>The budgets of the curves whose schedule is known.</summary>
    internal static IReadOnlyList<NormBudget> Of(SeriesSet series)
    {
        var moved = Moved(series);
        return
        [
            .. series.Curves(Moments, "norm").Where(curve => series.Schedules.ContainsKey(curve.Model)).Select(curve => new NormBudget(
                curve, series.Schedules[curve.Model],
                moved.GetValueOrDefault((curve.Model, curve.Component, curve.Parameter, curve.Block)) ?? [])),
        ];
    }

    // The distance between two checkpoints counts only for that interval: a sweep of other steps has other neighbours.
    private static Dictionary<(string, string, string, int?), Dictionary<(int From, int To), double>> Moved(SeriesSet series)
    {
        var moved = new Dictionary<(string, string, string, int?), Dictionary<(int From, int To), double>>();
        if (!series.Has(Distances, "previous_distance") || !series.Has(Distances, "previous_step"))
        {
            return moved;
        }

        var before = series.Curves(Distances, "previous_step")
            .ToDictionary(curve => (curve.Model, curve.Component, curve.Parameter, curve.Block));
        foreach (var curve in series.Curves(Distances, "previous_distance"))
        {
            var place = (curve.Model, curve.Component, curve.Parameter, curve.Block);
            if (before.TryGetValue(place, out var previous))
            {
                var at = previous.Steps.Zip(previous.Values).ToDictionary(pair => pair.First, pair => (int)pair.Second);
                moved[place] = curve.Steps.Zip(curve.Values).Where(pair => at.ContainsKey(pair.First))
                    .ToDictionary(pair => (at[pair.First], pair.First), pair => pair.Second);
            }
        }

        return moved;
    }
}
