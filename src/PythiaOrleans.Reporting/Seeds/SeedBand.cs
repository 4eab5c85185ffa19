using PythiaOrleans.Numerics.Trends;
using PythiaOrleans.Reporting.Series;

namespace PythiaOrleans.Reporting.Seeds;

/// <summary>A statistic of one model along training, over its seeds.</summary>
/// <param name="Group">The model, without seed.</param>
/// <param name="Runs">The runs.</param>
/// <param name="Steps">The steps that at least two runs have, ascending; of a single run its own.</param>
/// <param name="Mean">The mean over runs at each step.</param>
/// <param name="Deviation">The standard deviation over runs, with n − 1; 0 of a single run.</param>
public sealed record SeedBand(
    string Group, IReadOnlyList<string> Runs, IReadOnlyList<int> Steps, IReadOnlyList<double> Mean, IReadOnlyList<double> Deviation)
{
    /// <summary>The bands of curves of one component: each run counts by its median over blocks.</summary>
    public static IReadOnlyList<SeedBand> From(IReadOnlyList<Curve> curves)
    {
        ArgumentNullException.ThrowIfNull(curves);
        return [.. Values(curves).GroupBy(run => SeedGroups.NameOf(run.Model)).Select(Create)];
    }

    /// <summary>
    /// The share of the variance that lies between models and not between seeds, at the last step that all runs have: 1, seeds do not
    /// matter; 0, only they do. NaN where there are not two models and two seeds of one of them.
    /// </summary>
    public static double Correlation(IReadOnlyList<Curve> curves)
    {
        ArgumentNullException.ThrowIfNull(curves);
        var runs = Values(curves).ToArray();
        var common = runs.Select(run => run.At.Keys.AsEnumerable()).Aggregate((all, more) => all.Intersect(more)).ToArray();
        var last = common.DefaultIfEmpty().Max();
        return common.Length == 0
            ? double.NaN
            : IntraclassCorrelation.Compute(
                [.. runs.GroupBy(run => SeedGroups.NameOf(run.Model)).Select(group => group.Select(run => run.At[last]).ToArray())]);
    }

    private static IEnumerable<(string Model, Dictionary<int, double> At)> Values(IReadOnlyList<Curve> curves) =>
        curves.GroupBy(curve => curve.Model).Select(model => (model.Key, Curve.MedianByStep(model)));

    private static SeedBand Create(IGrouping<string, (string Model, Dictionary<int, double> At)> group)
    {
        var runs = group.ToArray();
        var least = Math.Min(2, runs.Length);
        var steps = runs.SelectMany(run => run.At.Keys).GroupBy(step => step).Where(step => step.Count() >= least)
            .Select(step => step.Key).Order().ToArray();
        double[][] values = [.. steps.Select(step => runs.Where(run => run.At.ContainsKey(step)).Select(run => run.At[step]).ToArray())];
        return new SeedBand(
            group.Key, [.. runs.Select(run => run.Model)], steps, [.. values.Select(at => at.Average())], [.. values.Select(Spread)]);
    }

    private static double Spread(double[] values)
    {
        var mean = values.Average();
        return values.Length < 2 ? 0 : Math.Sqrt(values.Sum(value => (value - mean) * (value - mean)) / (values.Length - 1));
    }
}
