namespace PythiaOrleans.Checkpoints.Census;

/// <summary>Headers that are damaged, or unlike those of other steps, and values that are no numbers.</summary>
internal static class SampleFaults
{
    public static IEnumerable<CensusFault> Find(ModelStates states)
    {
        var probed = states.Steps.Where(state => state.Probe is { Problem: null, Tensors.Length: > 0 }).ToArray();
        var tensors = Majority.OfTexts(probed.Select(state => state.Probe!.Tensors));
        var types = Majority.OfTexts(probed.Select(state => state.Probe!.Types));
        foreach (var state in states.All.Where(state => state.Probe is not null))
        {
            var probe = state.Probe!;
            if (probe.Problem is { } problem)
            {
                yield return state.Fault(states.Model.Name, FaultKind.DamagedHeader, CensusSeverity.Bad, problem);
            }
            else if (Array.Exists(probe.Numbers, value => !float.IsFinite(value)))
            {
                yield return state.Fault(states.Model.Name, FaultKind.NotFinite, CensusSeverity.Bad,
                    "values of the embedding or of a norm are not finite");
            }

            if (state.Step is null || probe.Tensors.Length == 0)
            {
                continue; // the final model is often published in another form
            }

            if (tensors is not null && probe.Tensors != tensors)
            {
                yield return state.Fault(states.Model.Name, FaultKind.OtherTensors, CensusSeverity.Bad,
                    "the names or sizes of its tensors are not those of most steps");
            }

            if (types is not null && probe.Types != types)
            {
                yield return state.Fault(states.Model.Name, FaultKind.OtherTypes, CensusSeverity.Note,
                    $"the values are stored as {probe.Types}, those of most steps as {types}");
            }
        }
    }
}
