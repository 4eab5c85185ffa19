namespace PythiaOrleans.Reporting.TrainingMaps;

/// <summary>Which runs leave the path that most runs take through the states of a training map.</summary>
public static class RunPaths
{
    /// <summary>The moves of a run from one state to another, in order.</summary>
    public static IReadOnlyList<(int From, int To)> Edges(IReadOnlyList<int> states) =>
        [.. states.Zip(states.Skip(1)).Where(pair => pair.First != pair.Second)];

    /// <summary>
    /// The runs that make a move which fewer than half of the runs make, out of a state where at least half do the same: make one other
    /// move, or stay to the end. Where every run goes its own way, there is no path to leave.
    /// </summary>
    /// <param name="runs">The states of each run along training, by its name.</param>
    /// <returns>Of each such run its first such move, and its place.</returns>
    public static IReadOnlyList<RunDeparture> FindDepartures(IReadOnlyDictionary<string, IReadOnlyList<int>> runs)
    {
        ArgumentNullException.ThrowIfNull(runs);
        // To null: the run ends in the state.
        var takers = runs
            .SelectMany(run => Edges(run.Value).Select(edge => (edge.From, To: (int?)edge.To)).Append((run.Value[^1], null)).Distinct())
            .GroupBy(edge => edge)
            .ToDictionary(group => group.Key, group => group.Count());
        var withPath = takers.Where(edge => 2 * edge.Value >= runs.Count).Select(edge => edge.Key.From).ToHashSet();
        var departures = new List<RunDeparture>();
        foreach (var (run, states) in runs)
        {
            for (var at = 1; at < states.Count; at++)
            {
                var edge = (states[at - 1], states[at]);
                if (edge.Item1 != edge.Item2 && 2 * takers[edge] < runs.Count && withPath.Contains(edge.Item1))
                {
                    departures.Add(new RunDeparture(run, at, edge.Item1, edge.Item2));
                    break;
                }
            }
        }

        return departures;
    }
}
