namespace PythiaOrleans.Checkpoints.Catalog;

/// <summary>Models trained alike that are compared with each other, and the steps at which they are.</summary>
/// <param name="Name">The name, <c>pythia</c>.</param>
/// <param name="Models">Names of catalog models, smallest first.</param>
/// <param name="Steps">The steps that a sweep measures by default, ascending, the reference included.</param>
/// <param name="ReferenceStep">The checkpoint from which distances are measured.</param>
/// <param name="Description">One sentence for people.</param>
public sealed record Suite(string Name, IReadOnlyList<string> Models, IReadOnlyList<int> Steps, int ReferenceStep, string Description);
