using PythiaOrleans.Core.Ids;

namespace PythiaOrleans.Core.Sweeps;

/// <summary>Where a sweep stands by the store alone: what is done, what is missing, what failed. A picture of one moment.</summary>
public sealed class SweepStanding
{
    private readonly Dictionary<string, ModelStanding> _models;

    internal SweepStanding(SweepSpec sweep, IReadOnlyList<ModelListing> listings, IReadOnlyList<ShardFailure> failures)
    {
        Sweep = sweep;
        Listings = listings;
        StoredFailures = failures;
        Models = [.. listings.Select(listing => new ModelStanding(sweep, listing))];
        _models = Models.ToDictionary(model => model.Model, StringComparer.Ordinal);
        var steps = sweep.Steps.ToHashSet();
        Failures =
        [
            .. failures.Where(failure => _models.TryGetValue(failure.Checkpoint.Model, out var model)
                && steps.Contains(failure.Checkpoint.Step) && !model.IsDone(failure.Checkpoint.Step)),
        ];
        Total = Models.Sum(model => model.Total);
        Done = Models.Sum(model => model.Done);
    }

    /// <summary>The sweep that was asked about.</summary>
    public SweepSpec Sweep { get; }

    /// <summary>Its models, each once, in the sweep's order.</summary>
    public IReadOnlyList<ModelStanding> Models { get; }

    /// <summary>The errors of shards that are quarantined and not done, by model and step.</summary>
    public IReadOnlyList<ShardFailure> Failures { get; }

    /// <summary>Shards that the sweep asks for.</summary>
    public int Total { get; }

    /// <summary>Shards whose every result exists.</summary>
    public int Done { get; }

    /// <summary>Whether every result exists.</summary>
    public bool IsComplete => Done == Total;

    internal IReadOnlyList<ModelListing> Listings { get; }

    internal IReadOnlyList<ShardFailure> StoredFailures { get; }

    /// <summary>One model of the sweep.</summary>
    /// <exception cref="KeyNotFoundException">The sweep has no such model.</exception>
    public ModelStanding this[string model] => _models[model];

    /// <summary>Whether every result of a checkpoint exists.</summary>
    public bool IsDone(CheckpointId checkpoint) => _models[checkpoint.Model].IsDone(checkpoint.Step);

    /// <summary>The analyses of a checkpoint that have no result, in the sweep's order.</summary>
    public AnalysisId[] Missing(CheckpointId checkpoint) => _models[checkpoint.Model].Missing(checkpoint.Step);

    /// <summary>The results of one analysis that exist: models in the sweep's order, steps ascending.</summary>
    public IEnumerable<ResultKey> Committed(AnalysisId analysis) => Models.SelectMany(model => Sweep.Steps
        .Distinct()
        .Where(step => model.Listing.Contains(analysis, step))
        .Select(step => new ResultKey(new CheckpointId(model.Model, step), analysis)));
}
