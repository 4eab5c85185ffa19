using PythiaOrleans.Core.Ids;
using PythiaOrleans.Core.Sweeps;

namespace PythiaOrleans.Cluster.Scheduling;

/// <summary>What a user asks of a sweep. What is to be stored is stored before the request takes effect and is answered.</summary>
internal abstract record SweepRequest
{
    /// <summary>The order to be stored; null where the order stays.</summary>
    public virtual SweepOrderKind? Order => null;

    /// <summary>The spec to be stored; null where it stays.</summary>
    public virtual SweepSpec? Spec => null;

    /// <summary>Start the sweep; one that runs, or that is paused, stays as it is.</summary>
    internal sealed record Start(SweepSpec Sweep, bool HasChanged, bool IsPaused) : SweepRequest
    {
        public override SweepOrderKind? Order => IsPaused ? null : SweepOrderKind.Running;

        public override SweepSpec? Spec => HasChanged ? Sweep : null;
    }

    /// <summary>Add keys to the sweep.</summary>
    internal sealed record Extend(SweepSpec Sweep, bool IsPaused) : SweepRequest
    {
        public override SweepOrderKind? Order => IsPaused ? null : SweepOrderKind.Running;

        public override SweepSpec? Spec => Sweep;
    }

    /// <summary>Hand out no more tasks.</summary>
    internal sealed record Pause : SweepRequest
    {
        public override SweepOrderKind? Order => SweepOrderKind.Paused;
    }

    /// <summary>Go on, and try again what was given up.</summary>
    internal sealed record Resume : SweepRequest
    {
        public override SweepOrderKind? Order => SweepOrderKind.Running;
    }

    /// <summary>Drop what has not ended.</summary>
    internal sealed record Cancel : SweepRequest
    {
        public override SweepOrderKind? Order => SweepOrderKind.Cancelled;
    }

    /// <summary>Try one shard again that was given up.</summary>
    /// <param name="Checkpoint">The shard's checkpoint.</param>
    /// <param name="Others">What the store holds of the failures of other shards, for a sweep that is not counted here.</param>
    /// <param name="IsPaused">Whether the sweep stays paused.</param>
    internal sealed record Retry(CheckpointId Checkpoint, IReadOnlyList<ShardFailure> Others, bool IsPaused) : SweepRequest
    {
        public override SweepOrderKind? Order => IsPaused ? null : SweepOrderKind.Running;
    }
}
