namespace PythiaOrleans.Reporting.TrainingMaps;

/// <summary>How much a feature changes from one state to another.</summary>
/// <param name="Feature">The feature.</param>
/// <param name="Change">In standard deviations over all runs and checkpoints.</param>
public sealed record FeatureChange(string Feature, double Change);
