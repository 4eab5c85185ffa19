using PythiaOrleans.Checkpoints;

namespace PythiaOrleans.Cluster;

/// <summary>The unit of dispatch: one shard's analyses that run together on one device.</summary>
/// <param name="Sweep">The sweep that asked for it.</param>
/// <param name="Checkpoint">The shard's checkpoint.</param>
[GenerateSerializer, Immutable, Alias("pythia.task-id")]
public readonly record struct TaskId([property: Id(0)] string Sweep, [property: Id(1)] CheckpointId Checkpoint)
{
    /// <summary><c>sweep/model@stepN</c>.</summary>
    public override string ToString() => $"{Sweep}/{Checkpoint}";
}
