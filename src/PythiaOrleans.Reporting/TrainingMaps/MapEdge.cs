namespace PythiaOrleans.Reporting.TrainingMaps;

/// <summary>A move between two states of a training map.</summary>
/// <param name="From">The state before.</param>
/// <param name="To">The state after.</param>
/// <param name="Runs">How many runs make it.</param>
/// <param name="Changes">The three features that change most, in standard deviations over all runs and checkpoints.</param>
public sealed record MapEdge(int From, int To, int Runs, IReadOnlyList<FeatureChange> Changes);
