namespace PythiaOrleans.Reporting.Findings;

/// <summary>A part of training that a claim speaks of.</summary>
/// <param name="From">Fraction of training, from 0.</param>
/// <param name="To">Fraction of training, up to 1.</param>
public sealed record PictureWindow(double From, double To);
