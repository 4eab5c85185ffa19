using PythiaOrleans.Core.Ids;
using PythiaOrleans.Core.Sweeps;

namespace PythiaOrleans.Cluster.Contracts;

/// <summary>The only writer of one series; the key is <c>sweep/analysis</c>.</summary>
[Alias("pythia.ISeriesGrain")]
public interface ISeriesGrain : IGrainWithStringKey
{
    /// <summary>Starts writing the series of all results that are committed now, and returns at once.</summary>
    [Alias("Compact")]
    Task CompactAsync(SweepSpec sweep, AnalysisId analysis);

    /// <summary>
    /// Starts writing the series as far as it has come, unless it was written a short time ago; returns at once. A failure is no
    /// failure of the sweep.
    /// </summary>
    [Alias("Fold")]
    Task FoldAsync(SweepSpec sweep, AnalysisId analysis);

    /// <summary>Whether everything that was asked for is written; what is being written is waited for, a tenth of a second.</summary>
    /// <exception cref="InvalidDataException">Writing failed; the next <see cref="CompactAsync"/> tries again.</exception>
    [Alias("IsCurrent")]
    Task<bool> IsCurrentAsync();

    /// <summary>Has the series written with all results that are committed now, and waits for it for a few seconds.</summary>
    /// <returns>Whether it is written; false where that takes longer, and then <see cref="IsCurrentAsync"/> tells when it is.</returns>
    /// <exception cref="InvalidDataException">Writing failed; the message says which result is damaged.</exception>
    [Alias("Refresh")]
    Task<bool> RefreshAsync(SweepSpec sweep, AnalysisId analysis);
}
