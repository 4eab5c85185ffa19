namespace PythiaOrleans.Checkpoints.Census;

/// <summary>How much of a step's weights another step has too.</summary>
/// <param name="Step">The step.</param>
/// <param name="Other">The other one.</param>
/// <param name="Share">The share of the step's values that lie in tensors that both have: 1 where all do.</param>
public sealed record IdenticalShare(int Step, int Other, double Share);
