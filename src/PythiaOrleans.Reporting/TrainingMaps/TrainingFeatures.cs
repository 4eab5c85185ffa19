using PythiaOrleans.Reporting.Series;

namespace PythiaOrleans.Reporting.TrainingMaps;

/// <summary>The features of checkpoints from which a training map is made: statistics of a sweep, averaged over matrices.</summary>
/// <param name="Names">The features.</param>
/// <param name="Steps">The steps of each run, ascending.</param>
/// <param name="Values">The features of each run, an array for each step, standardised over all runs and steps.</param>
internal sealed record TrainingFeatures(
    IReadOnlyList<string> Names, IReadOnlyDictionary<string, int[]> Steps, IReadOnlyDictionary<string, double[][]> Values)
{
    // What 'Latent state models of training dynamics' (Hu et al. 2023, arXiv:2308.09543) measures, as far as sweeps store it.
    private static readonly (string Analysis, string Column, string Parameter)[] Wanted =
    [
        ("weight-moments", "norm", "weight"), ("weight-moments", "max_abs", "weight"), ("weight-moments", "mean", "weight"),
        ("weight-moments", "std", "weight"), ("weight-moments", "excess_kurtosis", "weight"),
        ("weight-moments", "mean", "bias"), ("weight-moments", "std", "bias"),
        ("weight-spectrum", "spectral_norm", "weight"), ("weight-spectrum", "stable_rank", "weight"),
        ("weight-spectrum", "condition_number", "weight"),
    ];

    /// <summary>Whether a sweep has any of the features.</summary>
    public static bool AreThere(SeriesSet series) => Array.Exists(Wanted, wanted => series.Has(wanted.Analysis, wanted.Column));

    /// <summary>
    /// The features of those models that have all of them, at more than one step; a feature that the sweep does not have is left out.
    /// </summary>
    /// <exception cref="ArgumentException">The sweep has none of them.</exception>
    public static TrainingFeatures From(SeriesSet series, IReadOnlyList<string> models)
    {
        var found = Wanted.Select(wanted => (
                Name: $"{wanted.Column} of {(wanted.Parameter == "bias" ? "biases" : "weights")}",
                Means: Means(series, wanted.Analysis, wanted.Column, wanted.Parameter)))
            .Where(feature => feature.Means.Count > 0).ToArray();
        if (found.Length == 0)
        {
            throw new ArgumentException(
                $"'{series.Name}' has neither weight-moments nor weight-spectrum, from which a training map is made. Sweep it with one.");
        }

        var steps = models.ToDictionary(
            model => model,
            model => found.Select(feature => feature.Means.Keys.Where(key => key.Model == model).Select(key => key.Step))
                .Aggregate((common, more) => common.Intersect(more)).Order().ToArray());
        var measured = steps.Where(pair => pair.Value.Length > 1).Select(pair => pair.Key).ToArray();
        var raw = measured.ToDictionary(
            model => model,
            model => steps[model].Select(step => found.Select(feature => feature.Means[(model, step)]).ToArray()).ToArray());
        return new TrainingFeatures(
            [.. found.Select(feature => feature.Name)],
            measured.ToDictionary(model => model, model => steps[model]),
            Standardise(raw));
    }

    private static Dictionary<(string Model, int Step), double> Means(SeriesSet series, string analysis, string column, string parameter) =>
        series.Curves(analysis, column).Where(curve => curve.Parameter == parameter && curve.Block is not null)
            .SelectMany(curve => curve.Steps.Zip(curve.Values, (step, value) => (Key: (curve.Model, step), value)))
            .GroupBy(pair => pair.Key).ToDictionary(group => group.Key, group => group.Average(pair => pair.value));

    private static Dictionary<string, double[][]> Standardise(Dictionary<string, double[][]> raw)
    {
        double[][] all = [.. raw.Values.SelectMany(run => run)];
        if (all.Length == 0)
        {
            return [];
        }

        var scaled = raw.ToDictionary(run => run.Key, run => run.Value.Select(at => (double[])at.Clone()).ToArray());
        for (var i = 0; i < all[0].Length; i++)
        {
            var mean = all.Average(at => at[i]);
            var deviation = Math.Sqrt(all.Average(at => (at[i] - mean) * (at[i] - mean)));
            foreach (var at in scaled.Values.SelectMany(run => run))
            {
                at[i] = deviation > 0 ? (at[i] - mean) / deviation : 0;
            }
        }

        return scaled;
    }
}
