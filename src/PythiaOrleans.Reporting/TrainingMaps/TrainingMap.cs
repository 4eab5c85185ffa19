using System.Globalization;
using PythiaOrleans.Numerics.Sequences;
using PythiaOrleans.Reporting.Series;

namespace PythiaOrleans.Reporting.TrainingMaps;

/// <summary>
/// Training as a walk through a few states: a hidden Markov model of what a sweep has measured, fitted to all runs together.
/// </summary>
/// <remarks>Hu et al. 2023, arXiv:2308.09543; PolyPythias (arXiv:2503.09543) found two of ten seeds of 410M off the path of the others.
/// </remarks>
/// <param name="Features">What the states are told apart by.</param>
/// <param name="States">How many states there are: by the Bayesian information criterion, or as asked.</param>
/// <param name="Bic">The criterion of the model.</param>
/// <param name="Steps">The steps of each run.</param>
/// <param name="Paths">The states of each run, one for each step; numbered in the order in which runs meet them.</param>
/// <param name="Edges">The moves that runs make, the most common first.</param>
/// <param name="Departures">The runs that leave the path of most.</param>
public sealed record TrainingMap(
    IReadOnlyList<string> Features,
    int States,
    double Bic,
    IReadOnlyDictionary<string, int[]> Steps,
    IReadOnlyDictionary<string, IReadOnlyList<int>> Paths,
    IReadOnlyList<MapEdge> Edges,
    IReadOnlyList<RunDeparture> Departures)
{
    private const int Starts = 16;
    private const int MaxStates = 8;
    private const int ShownChanges = 3;

    /// <summary>Makes the map of a sweep's models.</summary>
    /// <param name="series">The sweep's series.</param>
    /// <param name="states">How many states; null chooses among 1 to 8.</param>
    /// <param name="models">Which models; null takes all.</param>
    /// <exception cref="ArgumentException">The sweep has nothing to make one of.</exception>
    public static TrainingMap Create(SeriesSet series, int? states = null, IReadOnlyList<string>? models = null)
    {
        ArgumentNullException.ThrowIfNull(series);
        var features = TrainingFeatures.From(series, models ?? series.Models);
        double[][][] runs = [.. features.Values.Values];
        var max = Math.Min(MaxStates, runs.Sum(run => run.Length));
        var model = states is { } count
            ? GaussianHmm.Fit(runs, Math.Min(count, max), Starts, seed: 1)
            : GaussianHmm.FitBest(runs, max, Starts, seed: 1);
        var paths = features.Values.ToDictionary(run => run.Key, run => (IReadOnlyList<int>)model.Decode(run.Value));
        return new TrainingMap(
            features.Names, model.States, model.Bic, features.Steps, paths, Describe(model, features.Names, paths),
            RunPaths.FindDepartures(paths));
    }

    /// <summary>Where each run leaves the path of most, a sentence each.</summary>
    public IEnumerable<string> DescribeDepartures() => Departures.Select(departure => string.Create(
        CultureInfo.InvariantCulture,
        $"{departure.Run} leaves the path of most at step {Steps[departure.Run][departure.At]}: from state {departure.From} to "
            + $"{departure.To}."));

    /// <summary>Whether a sweep has the features of at least two of some models, at more than one step of each.</summary>
    public static bool CanBeMade(SeriesSet series, IReadOnlyList<string> models)
    {
        ArgumentNullException.ThrowIfNull(series);
        return TrainingFeatures.AreThere(series) && TrainingFeatures.From(series, models).Steps.Count > 1;
    }

    private static MapEdge[] Describe(
        GaussianHmm model, IReadOnlyList<string> names, IReadOnlyDictionary<string, IReadOnlyList<int>> paths) =>
    [
        .. paths.Values.SelectMany(path => RunPaths.Edges(path).Distinct()).GroupBy(edge => edge)
            .OrderByDescending(edge => edge.Count()).ThenBy(edge => edge.Key)
            .Select(edge => new MapEdge(edge.Key.From, edge.Key.To, edge.Count(),
            [
                .. names.Select((name, i) => new FeatureChange(name, model.Means[edge.Key.To][i] - model.Means[edge.Key.From][i]))
                    .OrderByDescending(change => Math.Abs(change.Change)).Take(ShownChanges),
            ])),
    ];
}
