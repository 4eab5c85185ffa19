using PythiaOrleans.Core.Ids;

namespace PythiaOrleans.Core.Sweeps;

/// <summary>How often one analysis of a shard has failed.</summary>
/// <param name="Analysis">Which one.</param>
/// <param name="Attempts">By its own fault.</param>
/// <param name="Delays">Because store or source were unavailable; not counted against the shard.</param>
/// <param name="Deaths">How often the worker died while computing it.</param>
/// <param name="Losses">How often a worker reported it as committed and the store did not hold it.</param>
/// <param name="Failure">Why it was given up; null while it is still tried.</param>
/// <param name="DelayedSince">When store or source were unavailable for the first time; null where they never were.</param>
public sealed record AnalysisHistory(
    AnalysisId Analysis, int Attempts, int Delays, int Deaths, int Losses, ShardFailure? Failure, DateTimeOffset? DelayedSince = null);
