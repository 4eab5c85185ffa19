using System.Globalization;
using PythiaOrleans.Checkpoints.Catalog;

namespace PythiaOrleans.Checkpoints.Census;

/// <summary>Checkpoints that lie off the path of training, told from a few values of each.</summary>
/// <remarks>
/// With x the sampled values, checkpoints i to j are out of place where both ‖x_i − x_(i−1)‖ and ‖x_(j+1) − x_j‖ exceed
/// 2 · ‖x_(j+1) − x_(i−1)‖: training leaves its path and comes back to it. On a straight path the two lengths add up to the third, on a
/// random walk neither exceeds it.
/// </remarks>
internal static class PathFaults
{
    private const double MinDetour = 2;
    private const int MaxRun = 8;
    private const double MinJump = 50;
    private const int Window = 9;

    /// <param name="states">One model.</param>
    /// <param name="copies">Steps that serve weights of another one: they say nothing of the path.</param>
    public static IEnumerable<CensusFault> Find(ModelStates states, IReadOnlySet<int?> copies)
    {
        RevisionState[] path =
        [
            .. states.Steps.Where(state => !copies.Contains(state.Step) && state.Probe is { Problem: null, Numbers.Length: > 0 }),
        ];
        path = [.. path.Where(state => state.Probe!.Numbers.Length == path[0].Probe!.Numbers.Length)];
        var isOff = new bool[path.Length];
        for (var length = 1; length <= MaxRun; length++)
        {
            for (var i = 1; i + length < path.Length; i++)
            {
                var run = Enumerable.Range(i, length).ToArray();
                if (!run.Any(at => isOff[at]) && Detour(path, i - 1, i, i + length - 1, i + length) is var detour and >= MinDetour)
                {
                    foreach (var at in run)
                    {
                        isOff[at] = true;
                        yield return path[at].Fault(states.Model.Name, FaultKind.OutOfPlace, CensusSeverity.Bad, Describe(
                            detour, path[i - 1].Step, path[i + length].Step));
                    }
                }
            }
        }

        foreach (var jump in FindJumps(states.Model, [.. path.Where((_, i) => !isOff[i])]))
        {
            yield return jump;
        }
    }

    /// <summary>
    /// How fast the sampled values move at each checkpoint: (‖x_t − x_(t−1)‖ / Δclock − median) / median absolute deviation, both over the
    /// 9 checkpoints around it; 0 where there is nothing to compare. The clock is the summed learning rate where it is known.
    /// </summary>
    internal static double[] JumpScores(ModelEntry model, IReadOnlyList<RevisionState> path)
    {
        var scores = new double[path.Count];
        var rates = Enumerable.Range(1, Math.Max(0, path.Count - 1)).Select(i => Distance(path[i - 1], path[i]) / Math.Max(
            Clock(model, path[i].Step!.Value) - Clock(model, path[i - 1].Step!.Value), double.Epsilon)).ToArray();
        for (var i = 0; i < rates.Length; i++)
        {
            var start = Math.Clamp(i - (Window / 2), 0, Math.Max(0, rates.Length - Window));
            double[] around = [.. rates.Skip(start).Take(Window).Where((_, at) => start + at != i)];
            if (around.Length >= Window - 1)
            {
                var median = Median(around);
                var spread = Math.Max(Median([.. around.Select(rate => Math.Abs(rate - median))]), median / 100);
                scores[i + 1] = spread > 0 ? (rates[i] - median) / spread : 0;
            }
        }

        return scores;
    }

    private static IEnumerable<CensusFault> FindJumps(ModelEntry model, RevisionState[] path)
    {
        var scores = JumpScores(model, path);
        for (var i = 1; i < path.Length; i++)
        {
            // The first steps after the initialization are of a speed of their own.
            if (scores[i] >= MinJump && i >= Window)
            {
                yield return path[i].Fault(model.Name, FaultKind.Jump, CensusSeverity.Note, string.Create(
                    CultureInfo.InvariantCulture,
                    $"the sampled weights moved {scores[i]:0} deviations further than between the checkpoints around it"));
            }
        }
    }

    private static double Detour(RevisionState[] path, int before, int first, int last, int after)
    {
        var direct = Distance(path[before], path[after]);
        var around = Math.Min(Distance(path[before], path[first]), Distance(path[last], path[after]));
        return direct > 0 ? around / direct : 0;
    }

    private static string Describe(double detour, int? before, int? after) => string.Create(CultureInfo.InvariantCulture,
        $"the sampled weights lie {detour:0.#} times as far from steps {before} and {after} as these lie from each other");

    private static double Clock(ModelEntry model, int step) => model.Schedule?.SummedLearningRate(step) ?? step;

    private static double Distance(RevisionState one, RevisionState other) =>
        Vectors.Distance(one.Probe!.Numbers, other.Probe!.Numbers);

    private static double Median(double[] values)
    {
        var sorted = values.Order().ToArray();
        return (sorted[(sorted.Length - 1) / 2] + sorted[sorted.Length / 2]) / 2;
    }
}
