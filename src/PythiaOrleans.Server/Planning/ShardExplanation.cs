using PythiaOrleans.Core.Ids;

namespace PythiaOrleans.Server.Planning;

/// <summary>Why one analysis of a checkpoint is where it is.</summary>
/// <param name="Sweep">The sweep that asks for it.</param>
/// <param name="Key">The result.</param>
/// <param name="State">In one word.</param>
/// <param name="Reasons">In sentences, the most telling first.</param>
public sealed record ShardExplanation(string Sweep, ResultKey Key, ShardState State, IReadOnlyList<string> Reasons);

/// <summary>Where a key stands.</summary>
public enum ShardState
{
    /// <summary>The result exists.</summary>
    Committed,

    /// <summary>It failed for good.</summary>
    Quarantined,

    /// <summary>A worker computes it, or fetches its files.</summary>
    Running,

    /// <summary>It is still to be done.</summary>
    Pending,
}
