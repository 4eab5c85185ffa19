using PythiaOrleans.Core.Ids;
using PythiaOrleans.Core.Sweeps;

namespace PythiaOrleans.Cluster.Scheduling;

/// <summary>What the owner of a checkpoint counts for one sweep.</summary>
internal sealed class ShardBook
{
    private readonly Dictionary<AnalysisId, AnalysisState> _analyses = [];

    /// <param name="history">What an owner before counted; null where nothing failed.</param>
    public ShardBook(ShardHistory? history)
    {
        foreach (var analysis in history?.Analyses ?? [])
        {
            _analyses[analysis.Analysis] = new AnalysisState
            {
                Attempts = analysis.Attempts,
                Delays = analysis.Delays,
                Deaths = analysis.Deaths,
                Losses = analysis.Losses,
                Failure = analysis.Failure,
                DelayedSince = analysis.DelayedSince,
            };
        }

        Leases = [.. history?.Leases ?? []];
    }

    /// <summary>The leases whose reports were counted.</summary>
    public HashSet<long> Leases { get; }

    /// <summary>Bytes of weights that were read for the shard, as far as this owner knows.</summary>
    public long BytesRead { get; set; }

    /// <summary>Whether there is something that must survive the owner.</summary>
    public bool HasFailed => _analyses.Count > 0;

    /// <summary>What was counted of an analysis; null where it never failed.</summary>
    public AnalysisState? Find(AnalysisId analysis) => _analyses.GetValueOrDefault(analysis);

    /// <summary>What was counted of an analysis, from now on.</summary>
    public AnalysisState Get(AnalysisId analysis)
    {
        if (!_analyses.TryGetValue(analysis, out var state))
        {
            _analyses.Add(analysis, state = new AnalysisState());
        }

        return state;
    }

    /// <summary>As it is stored.</summary>
    public ShardHistory ToHistory(CheckpointId checkpoint) => new(
        checkpoint,
        [
            .. _analyses.Select(pair => new AnalysisHistory(
                pair.Key, pair.Value.Attempts, pair.Value.Delays, pair.Value.Deaths, pair.Value.Losses, pair.Value.Failure,
                pair.Value.DelayedSince)),
        ],
        [.. Leases.Order()]);
}
