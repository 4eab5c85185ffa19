using PythiaOrleans.Analyses.Devices;
using PythiaOrleans.Analyses.Tokens;

namespace PythiaOrleans.Analyses.Passes;

/// <summary>An analysis that observes the batch's forward pass.</summary>
internal interface IPassAnalysis : IAnalysis
{
    /// <summary>The tokens.</summary>
    TokenBatch Batch { get; }

    /// <summary>In which numbers the model runs.</summary>
    Precision Precision { get; }

    /// <summary>A new observer, for one pass.</summary>
    /// <param name="input">What the task computes on.</param>
    /// <param name="batch">The tokens [row][position].</param>
    PassObserver Observe(AnalysisInput input, long[][] batch);
}
