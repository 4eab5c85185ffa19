using PythiaOrleans.Core.Ids;
using PythiaOrleans.Core.Sweeps;

namespace PythiaOrleans.Cluster.Contracts;

/// <summary>Keeps one series up to date; the key is <c>sweep/analysis</c>.</summary>
[Alias("pythia.ISeriesGrain")]
public interface ISeriesGrain : IGrainWithStringKey
{
    /// <summary>Starts writing the series of all results that are committed now, and returns at once.</summary>
    [Alias("Compact")]
    Task CompactAsync(SweepSpec sweep, AnalysisId analysis);

    /// <summary>Whether everything that was asked for is written.</summary>
    /// <exception cref="InvalidDataException">Writing failed; the next <see cref="CompactAsync"/> tries again.</exception>
    [Alias("IsCurrent")]
    Task<bool> IsCurrentAsync();
}
