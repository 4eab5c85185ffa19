namespace PythiaOrleans.Reporting.TrainingMaps;

/// <summary>Which runs leave the path that most runs take through the states of a training map.</summary>
public static class RunPaths
{
    /// <summary>The moves of a run from one state to another, in order.</summary>
    public static IReadOnlyList<(int From, int To)> Edges(IReadOnlyList<int> states) =>
        [.. states.Zip(states.Skip(1)).Where(pair => pair.First != pair.Second)];

    /// <summary>The runs with a move that fewer than half of the runs make, with their first such move and its place.</summary>
    /// <param name="runs">The states of each run along training, by its name.</param>
    public static IReadOnlyList<RunDeparture> FindDepartures(IReadOnlyDictionary<string, IReadOnlyList<int>> runs)
    {
        ArgumentNullException.ThrowIfNull(runs);
        var takers = runs.SelectMany(run => Edges(run.Value).Distinct()).GroupBy(edge => edge)
            .ToDictionary(group => group.Key, group => group.Count());
        var departures = new List<RunDeparture>();
        foreach (var (run, states) in runs)
        {
            for (var at = 1; at < states.Count; at++)
            {
                var edge = (states[at - 1], states[at]);
                if (edge.Item1 != edge.Item2 && 2 * takers[edge] < runs.Count)
                {
                    departures.Add(new RunDeparture(run, at, edge.Item1, edge.Item2));
                    break;
                }
            }
        }

        return departures;
    }
}
