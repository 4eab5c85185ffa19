using PythiaOrleans.Core.Ids;

namespace PythiaOrleans.Cluster.Scheduling;

/// <summary>What a checkpoint is estimated to take on one slot. Only ratios matter: whether two slots end sooner than one.</summary>
/// <param name="Reload">Fetching and loading it, which every part of a divided shard does again.</param>
/// <param name="Seconds">Computing each analysis, by its name; one that is missing counts as nothing.</param>
public sealed record ShardCost(TimeSpan Reload, IReadOnlyDictionary<string, double> Seconds)
{
    /// <summary>Computing one analysis.</summary>
    public double SecondsOf(AnalysisId analysis) => Seconds.GetValueOrDefault(analysis.Name);

    /// <summary>Computing some, without loading the checkpoint.</summary>
    public double SecondsOf(IEnumerable<AnalysisId> analyses) => analyses.Sum(SecondsOf);
}
