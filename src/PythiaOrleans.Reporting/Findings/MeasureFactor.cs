namespace PythiaOrleans.Reporting.Findings;

/// <summary>What a measure is multiplied by: another component's value in the same block.</summary>
/// <param name="Column">Where the factors stand.</param>
/// <param name="Factors">The factor's component for each component of the measure.</param>
public sealed record MeasureFactor(SeriesColumn Column, IReadOnlyDictionary<string, string> Factors);
