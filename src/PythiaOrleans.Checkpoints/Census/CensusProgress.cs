namespace PythiaOrleans.Checkpoints.Census;

/// <summary>How far a census is.</summary>
/// <param name="Model">The model that is being looked at.</param>
/// <param name="Done">Its revisions that were looked at.</param>
/// <param name="Total">All its revisions.</param>
/// <param name="Kept">Of those done, how many were known from an earlier census and are unchanged.</param>
public sealed record CensusProgress(string Model, int Done, int Total, int Kept);
