namespace PythiaOrleans.Reporting.Findings;

/// <summary>What the numbers say of a claim.</summary>
public enum Verdict
{
    /// <summary>True in every model.</summary>
    Holds,

    /// <summary>True in some models, or partly.</summary>
    Mixed,

    /// <summary>True in no model.</summary>
    Fails,

    /// <summary>A series is missing or too short, or the numbers agree and would agree by chance too.</summary>
    Undecided,
}
