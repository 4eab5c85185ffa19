using System.Globalization;

namespace PythiaOrleans.Checkpoints.Census;

/// <summary>Revisions that are not there, that hold no weights or not all, and those of another size than most.</summary>
internal static class PresenceFaults
{
    private const string Of = "-of-";

    public static IEnumerable<CensusFault> Find(ModelStates states) =>
        [.. FindMissing(states), .. FindUnannounced(states), .. FindEmpty(states), .. FindIncomplete(states), .. FindOtherSizes(states)];

    private static IEnumerable<CensusFault> FindMissing(ModelStates states)
    {
        var there = states.All.Where(state => state.Files is not null).Select(state => state.Step).ToHashSet();
        return states.Model.Steps.Where(step => !there.Contains(step)).Select(step => new CensusFault(
            states.Model.Name, step, states.Model.RevisionOf(step), FaultKind.Missing, CensusSeverity.Absent,
            "the catalog announces the step, and the source has no such revision"));
    }

    private static IEnumerable<CensusFault> FindUnannounced(ModelStates states)
    {
        var announced = states.Model.Steps.ToHashSet();
        return states.Steps.Where(state => !announced.Contains(state.Step!.Value)).Select(state => state.Fault(
            states.Model.Name, FaultKind.NotAnnounced, CensusSeverity.Note, "the catalog does not announce this step"));
    }

    private static IEnumerable<CensusFault> FindEmpty(ModelStates states) => states.All
        .Where(state => state is { Files: not null, Step: not null, Weights.Count: 0 })
        .Select(state => state.Fault(states.Model.Name, FaultKind.NoWeights, CensusSeverity.Bad, state.Files!.Count == 0
            ? "the revision has no files"
            : $"the revision has no weights, only {string.Join(", ", state.Files.Take(4).Select(file => file.Name))}"));

    private static IEnumerable<CensusFault> FindIncomplete(ModelStates states)
    {
        foreach (var state in states.All.Where(state => state.Weights.Count > 0))
        {
            var (found, expected) = (state.Weights.Count, CountShards(state.Weights[0].Name));
            if (found < expected)
            {
                yield return state.Fault(states.Model.Name, FaultKind.ShardsMissing, CensusSeverity.Bad,
                    $"{found} of {expected} weight files are there");
            }

            if (state.Weights.FirstOrDefault(file => file.Bytes == 0) is { } empty)
            {
                yield return state.Fault(states.Model.Name, FaultKind.NoWeights, CensusSeverity.Bad,
                    $"{empty.Name} is empty or cannot be read");
            }
        }
    }

    private static IEnumerable<CensusFault> FindOtherSizes(ModelStates states)
    {
        if (Majority.Of(states.Steps.Select(state => state.WeightBytes)) is not { } usual)
        {
            return [];
        }

        return states.Steps.Where(state => state.WeightBytes != usual && CountShards(state.Weights[0].Name) <= state.Weights.Count)
            .Select(state => state.Fault(states.Model.Name, FaultKind.OtherSize, CensusSeverity.Note, string.Create(
                CultureInfo.InvariantCulture, $"the weights take {state.WeightBytes:N0} bytes, those of most steps {usual:N0}")));
    }

    // model-00001-of-00003.safetensors: 3.
    private static int CountShards(string name)
    {
        var stem = Path.GetFileNameWithoutExtension(name);
        var at = stem.LastIndexOf(Of, StringComparison.Ordinal);
        return at >= 0 && int.TryParse(stem.AsSpan(at + Of.Length), NumberStyles.None, CultureInfo.InvariantCulture, out var count)
            ? count
            : 1;
    }
}
