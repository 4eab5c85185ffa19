using PythiaOrleans.Core.Ids;

namespace PythiaOrleans.Core.Sweeps;

/// <summary>Writes the series of one sweep and analysis. The cluster's series grain calls it; the reporting project implements it.</summary>
public interface ISeriesWriter
{
    /// <summary>Writes the series if results came since it was last written. Its bytes are a function of the committed results alone.</summary>
    /// <returns>How many of the sweep's checkpoints are in it; those without a result are left out.</returns>
    /// <exception cref="DamagedResultsException">Results were damaged and were put aside; the series was not written. Plan the sweep again, then ask again.</exception>
    /// <exception cref="InvalidDataException">A result's columns are not those of the others.</exception>
    Task<int> CompactAsync(SweepSpec sweep, AnalysisId analysis, CancellationToken cancellationToken);
}
