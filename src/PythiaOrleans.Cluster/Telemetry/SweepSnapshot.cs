using PythiaOrleans.Cluster.Contracts;

namespace PythiaOrleans.Cluster.Telemetry;

/// <summary>What the gauges show of one sweep, taken on the coordinator's turn and read by the exporter's thread.</summary>
/// <param name="Sweep">Its name.</param>
/// <param name="State">What it is doing.</param>
/// <param name="Running">Tasks that workers hold.</param>
/// <param name="RemainingSeconds">Estimated; null while nothing says.</param>
/// <param name="Shards">How many shards of each model are in each state.</param>
/// <param name="Parts">The share of each part of each model's steps that is done.</param>
/// <param name="HasProblem">Whether something went wrong that no shard is to blame for: a series that could not be written.</param>
/// <param name="Delayed">Shards that wait for store or source.</param>
internal sealed record SweepSnapshot(
    string Sweep, SweepState State, int Running, double? RemainingSeconds, IReadOnlyList<ShardCount> Shards, IReadOnlyList<PartDone> Parts,
    bool HasProblem = false, int Delayed = 0);

/// <summary>Shards of one model in one state.</summary>
internal readonly record struct ShardCount(string Model, string State, int Shards);

/// <summary>How much of one part of a model's training is done.</summary>
/// <param name="Model">The model.</param>
/// <param name="Steps">First and last step of the part, with leading zeros so that names sort as numbers do.</param>
/// <param name="Ratio">From 0 to 1.</param>
internal readonly record struct PartDone(string Model, string Steps, double Ratio);
