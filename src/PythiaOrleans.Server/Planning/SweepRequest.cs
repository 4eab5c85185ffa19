using PythiaOrleans.Analyses.Devices;
using PythiaOrleans.Checkpoints.Catalog;
using PythiaOrleans.Core.Sweeps;

namespace PythiaOrleans.Server.Planning;

/// <summary>What a user asks for; everything left out follows from the suite.</summary>
/// <param name="Name">The sweep's name; null takes the suite's.</param>
/// <param name="Suite">The suite; null takes <c>pythia</c>.</param>
/// <param name="Models">The models; null takes the suite's.</param>
/// <param name="Steps">The steps; null takes the suite's.</param>
/// <param name="Analyses">Names of analyses; null takes all.</param>
/// <param name="ReferenceStep">The checkpoint from which distances are measured; null takes the suite's.</param>
/// <param name="Source">Where the checkpoints are.</param>
public sealed record SweepRequest(
    string? Name,
    string? Suite,
    IReadOnlyList<string>? Models,
    IReadOnlyList<int>? Steps,
    IReadOnlyList<string>? Analyses,
    int? ReferenceStep,
    string Source)
{
    /// <summary>The token batch; null takes the text that comes with the product.</summary>
    public BatchSpec? Batch { get; init; }

    /// <summary>In which numbers the model runs on it.</summary>
    public Precision Precision { get; init; }
}
