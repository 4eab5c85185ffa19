namespace PythiaOrleans.Checkpoints.Census;

/// <summary>Weights, or single weight files, that several steps of one model share.</summary>
/// <remarks>
/// Of steps that share weights with the final model, the last one is right. Of others at most one is right, and the files do not say which:
/// all of them are reported, as people did who found them by hand (EleutherAI/pythia#205, #206, allenai/OLMo#915).
/// </remarks>
internal static class CopyFaults
{
    public static IEnumerable<CensusFault> Find(ModelStates states)
    {
        var copies = FindWhole(states).ToArray();
        var known = copies.Select(fault => fault.Step).ToHashSet();
        return [.. copies, .. FindShards(states, known)];
    }

    private static IEnumerable<CensusFault> FindWhole(ModelStates states)
    {
        var main = states.Main?.Identity;
        foreach (var group in states.Steps.Where(state => state.Identity is not null).GroupBy(state => state.Identity!))
        {
            var members = group.ToArray();
            if (members.Length > 1 && members.All(state => states.IsAtStart(state.Step!.Value)))
            {
                foreach (var state in members.Skip(1))
                {
                    yield return state.Fault(states.Model.Name, FaultKind.SameAsStep, CensusSeverity.Note,
                        $"the weights are those of step {members[0].Step}; expected, for the learning rate of the first update is 0");
                }
            }
            else if (members.Length > 1 || group.Key == main)
            {
                foreach (var state in members.Where(state => state.Step != RightStep(states, group.Key == main, members)))
                {
                    yield return Describe(states, state, members, group.Key == main);
                }
            }
        }
    }

    private static CensusFault Describe(ModelStates states, RevisionState state, RevisionState[] members, bool isMain)
    {
        var others = members.Where(other => other != state).Select(other => other.Step);
        return isMain
            ? state.Fault(states.Model.Name, FaultKind.SameAsMain, CensusSeverity.Bad,
                members.Length == 1
                    ? "the weights are those of main"
                    : $"the weights are those of main and of {StepText.Of(others)}")
            : state.Fault(states.Model.Name, FaultKind.SameAsStep, CensusSeverity.Bad,
                $"the weights are those of {StepText.Of(others)}");
    }

    // The last step of training may well be the final model. Where another file is the final model, nothing says so.
    private static int? RightStep(ModelStates states, bool isMain, RevisionState[] members)
    {
        var last = members.LastOrDefault(state => state.Step == states.LastStep);
        var differs = !isMain && last is not null && states.Main is { } main && main.WeightBytes == last.WeightBytes;
        return differs ? null : last?.Step;
    }

    private static IEnumerable<CensusFault> FindShards(ModelStates states, HashSet<int?> known)
    {
        var sharded = states.Steps.Where(state => state.Weights.Count > 1 && !known.Contains(state.Step)).ToArray();
        var files = sharded.Append(states.Main).OfType<RevisionState>()
            .SelectMany(state => state.Weights, (state, file) => (State: state, File: file))
            .Where(pair => pair.File.Sign is not null);
        foreach (var group in files.GroupBy(pair => (pair.File.Name, pair.File.Sign)))
        {
            RevisionState[] members = [.. group.Select(pair => pair.State)];
            int?[] steps = [.. members.Select(state => state.Step).Where(step => step is not null)];
            // A file that all steps share is of a part that was not trained.
            if (members.Length < 2 || steps.Length == sharded.Length || steps.All(step => states.IsAtStart(step!.Value)))
            {
                continue;
            }

            foreach (var state in members.Where(state => state.Step is not null && state.Step != states.LastStep))
            {
                yield return state.Fault(states.Model.Name, FaultKind.ForeignShard, CensusSeverity.Bad,
                    $"{group.Key.Name} is that of {StepText.Of(members.Where(other => other != state).Select(other => other.Step))}");
            }
        }
    }
}
