using PythiaOrleans.Analyses.Devices;
using PythiaOrleans.Analyses.Tokens;
using PythiaOrleans.Core.Sweeps;

namespace PythiaOrleans.Analyses;

/// <summary>What a sweep decides for its analyses. An analysis copies what changes its numbers into its parameters.</summary>
/// <param name="ReferenceStep">The checkpoint from which distances are measured.</param>
/// <param name="Stride">The common difference of the sweep's steps; null where there is none.</param>
public sealed record AnalysisSettings(int ReferenceStep, int? Stride)
{
    /// <summary>The tokens on which activations and gradients are measured.</summary>
    public TokenBatch Batch { get; init; } = TokenBatch.Default;

    /// <summary>What a sweep's spec says.</summary>
    public static AnalysisSettings FromSweep(SweepSpec sweep)
    {
        ArgumentNullException.ThrowIfNull(sweep);
        return new AnalysisSettings(sweep.ReferenceStep, sweep.Stride)
        {
            Batch = TokenBatch.Describe(sweep.Batch),
            Precision = Precisions.FromSpec(sweep.Precision)
        };
    }

    /// <summary>In which numbers the model runs for them.</summary>
    public Precision Precision { get; init; }
}
