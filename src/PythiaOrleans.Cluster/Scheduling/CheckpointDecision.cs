using PythiaOrleans.Cluster.Contracts;
using PythiaOrleans.Core.Sweeps;

namespace PythiaOrleans.Cluster.Scheduling;

/// <summary>What the owner of a checkpoint decided about a report. What is to be written is written before the answer is given.</summary>
/// <param name="Answer">For dispatcher and coordinator.</param>
/// <param name="History">To be written; null where there is nothing new that must survive.</param>
/// <param name="HasHistory">Whether one may be stored that an end has to clear.</param>
internal sealed record CheckpointDecision(OwnerAnswer Answer, ShardHistory? History, bool HasHistory);
