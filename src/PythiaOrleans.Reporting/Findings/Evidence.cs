namespace PythiaOrleans.Reporting.Findings;

/// <summary>One measured number of a finding.</summary>
/// <param name="Model">The model; empty where the number speaks of all together.</param>
/// <param name="Component">The component; empty where several are meant.</param>
/// <param name="Quantity">What was measured.</param>
/// <param name="Value">The number; NaN where it never came about.</param>
/// <param name="Expected">What the claim expects, with its tolerance; empty for numbers that only inform.</param>
/// <param name="Agrees">Whether it is so; null for numbers that only inform.</param>
public sealed record Evidence(string Model, string Component, string Quantity, double Value, string Expected = "", bool? Agrees = null)
{
    /// <summary>The block; null where several are meant.</summary>
    public int? Block { get; init; }

    /// <summary>The training step that the number speaks of, for a mark in a plot.</summary>
    public int? Step { get; init; }
}
