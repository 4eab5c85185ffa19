namespace PythiaOrleans.Reporting.Findings;

/// <summary>One measured number of a finding.</summary>
/// <param name="Model">The model; empty where the number speaks of all together.</param>
/// <param name="Component">The component; empty where several are meant.</param>
/// <param name="Quantity">What was measured.</param>
/// <param name="Value">The number; NaN where it could not be computed, infinite where the event never came.</param>
/// <param name="Expected">What the claim expects, with its tolerance; empty for numbers that only inform.</param>
/// <param name="Agrees">Whether it is so; null for numbers that only inform.</param>
public sealed record Evidence(string Model, string Component, string Quantity, double Value, string Expected = "", bool? Agrees = null)
{
    /// <summary>The part of the claim that the number decides, a few words; empty where the claim has one part only.</summary>
    public string Part { get; init; } = "";

    /// <summary>The names of the measures that the number was computed from.</summary>
    public IReadOnlyList<string> Measures { get; init; } = [];

    /// <summary>The block; null where several are meant.</summary>
    public int? Block { get; init; }

    /// <summary>The training step that the number speaks of, for a mark in a picture.</summary>
    public int? Step { get; init; }

    /// <summary>The same number, computed from a further measure too.</summary>
    public Evidence And(Measure measure)
    {
        ArgumentNullException.ThrowIfNull(measure);
        return this with { Measures = [.. Measures, measure.Name] };
    }
}
