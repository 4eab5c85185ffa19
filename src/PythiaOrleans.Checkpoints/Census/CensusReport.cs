using System.Security.Cryptography;
using System.Text;

namespace PythiaOrleans.Checkpoints.Census;

/// <summary>Judges what a source told, and puts it together as rows.</summary>
internal static class CensusReport
{
    private const int SignDigits = 10;

    public static SuiteCensus Create(
        string name,
        string source,
        CensusLevel level,
        DateTimeOffset taken,
        IReadOnlyList<(ModelStates States, string? Problem)> models)
    {
        ModelStates[] answered = [.. models.Where(model => model.Problem is null).Select(model => model.States)];
        var faults = Judge(answered).ToLookup(fault => fault.Model);
        return new SuiteCensus(name, source, level, taken, [.. models.Select(model => new ModelCensus(
            model.States.Model.Name,
            model.States.Model.Repository,
            model.States.Model.Steps.Count,
            model.Problem is null ? Rows(model.States, [.. faults[model.States.Model.Name]]) : [],
            model.Problem))]);
    }

    /// <summary>Everything that is wrong, expected equalities among it.</summary>
    public static IEnumerable<CensusFault> Judge(IReadOnlyList<ModelStates> models)
    {
        foreach (var model in models)
        {
            var copies = CopyFaults.Find(model).ToArray();
            var copied = copies.Where(fault => fault.Severity == CensusSeverity.Bad).Select(fault => fault.Step).ToHashSet();
            CensusFault[] all =
            [
                .. PresenceFaults.Find(model), .. copies, .. SampleFaults.Find(model), .. PathFaults.Find(model, copied),
            ];
            foreach (var fault in all)
            {
                yield return fault;
            }
        }

        foreach (var fault in ModelCopyFaults.Find(models).Concat(DescentFaults.Find(models)))
        {
            yield return fault;
        }
    }

    private static CensusRevision[] Rows(ModelStates states, CensusFault[] faults)
    {
        var byRevision = faults.ToLookup(fault => (fault.Step, fault.Revision));
        var there = states.All.Select(state => (state.Step, state.Revision.Name)).ToHashSet();
        var rows = new List<CensusRevision>();
        RevisionState? before = null;
        foreach (var state in states.All)
        {
            rows.Add(Row(states, state, before, [.. byRevision[(state.Step, state.Revision.Name)]]));
            before = state.Probe is { Numbers.Length: > 0 } ? state : before;
        }

        rows.AddRange(byRevision.Where(group => !there.Contains(group.Key)).Select(group => new CensusRevision(
            group.Key.Step, group.Key.Revision, 0, 0, "", null, null, null, [.. group], KnownOf(states, group.Key.Step))));
        return [.. rows.OrderBy(row => row.Step ?? int.MaxValue).ThenBy(row => row.Name, StringComparer.Ordinal)];
    }

    private static CensusRevision Row(ModelStates states, RevisionState state, RevisionState? before, CensusFault[] faults) => new(
        state.Step,
        state.Revision.Name,
        state.Weights.Count,
        state.WeightBytes,
        Shorten(state.Identity),
        state.Probe is { Tensors.Length: > 0 } probe ? probe.Parameters : null,
        Movement(state.Probe, before?.Probe),
        state.Step is null ? null : Similarity(state.Probe, states.Start?.Probe),
        faults,
        KnownOf(states, state.Step));

    private static string? KnownOf(ModelStates states, int? step) =>
        step is { } known ? states.Model.KnownBad.GetValueOrDefault(known) : null;

    // Of several files the digest of their signs.
    private static string Shorten(string? identity) => identity is null
        ? ""
        : Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(identity)))[..SignDigits];

    private static double? Movement(WeightProbe? probe, WeightProbe? before) => probe is { Numbers.Length: > 0 }
        && before is not null && before.Numbers.Length == probe.Numbers.Length && Vectors.Norm(probe.Numbers) is var norm and > 0
            ? Vectors.Distance(probe.Numbers, before.Numbers) / norm
            : null;

    private static double? Similarity(WeightProbe? probe, WeightProbe? start)
    {
        if (probe is not { EmbeddingValues: > 0 } || start is null || start.EmbeddingValues != probe.EmbeddingValues)
        {
            return null;
        }

        var scale = Vectors.Norm(probe.Embedding) * Vectors.Norm(start.Embedding);
        return scale > 0 ? Vectors.Dot(probe.Embedding, start.Embedding) / scale : null;
    }
}
