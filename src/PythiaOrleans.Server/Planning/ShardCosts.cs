using System.Collections.Concurrent;
using PythiaOrleans.Analyses;
using PythiaOrleans.Checkpoints.Catalog;
using PythiaOrleans.Checkpoints.Opening;
using PythiaOrleans.Cluster.Scheduling;
using PythiaOrleans.Cluster.Workers;
using PythiaOrleans.Core.Sweeps;

namespace PythiaOrleans.Server.Planning;

/// <summary>The cost model, as the dispatcher asks for it: on which shards several slots end sooner than one.</summary>
/// <remarks>
/// The rates are those of a core. Where devices are faster, parts are shorter than it says, but in the same proportions;
/// <c>Dispatcher:SmallestPart</c> is the knob then.
/// </remarks>
internal sealed class ShardCosts(ModelCatalog catalog, AnalysisRegistry registry) : IShardCosts
{
    private readonly ConcurrentDictionary<(string Model, BatchSpec? Batch, bool IsShared), ShardCost?> _known = new();
    private readonly IReadOnlyList<IAnalysis> _analyses = registry.Create(new AnalysisSettings(0, null));

    public ShardCost? Find(SweepSpec sweep, string model) =>
        _known.GetOrAdd((model, sweep.Batch, CheckpointSources.IsShared(sweep.Source)),
            key => Estimate(key.Model, key.Batch, key.IsShared));

    public long SizeOf(string model) =>
        catalog.Models.FirstOrDefault(entry => entry.Name == model) is { } known && known.FindProblem() is null
        ? known.Shape.ParameterCount
        : 0;

    private ShardCost? Estimate(string model, BatchSpec? batch, bool isShared)
    {
        if (catalog.Models.FirstOrDefault(entry => entry.Name == model) is not { } known || known.FindProblem() is not null)
        {
            return null;
        }

        var shape = known.Shape;
        try
        {
            var bytes = sizeof(float) * (long)shape.ParameterCount; // as the hub serves most of them
            return new ShardCost(
                CostModel.OfReference.Reload(bytes, isShared),
                CostModel.Work(_analyses, bytes, shape, batch)
                    .ToDictionary(work => work.Key, work => CostModel.OfReference.SecondsOf(work.Value), StringComparer.Ordinal));
        }
        catch (Exception error) when (error is ArgumentException or NotSupportedException
            or InvalidOperationException or InvalidDataException)
        {
            return null; // a family that the cost model does not know is computed all the same, in one piece
        }
    }
}
