namespace PythiaOrleans.Reporting.Plots;

/// <summary>How often a rule passes a null model.</summary>
/// <param name="Null">The null model.</param>
/// <param name="Rate">From 0 to 1.</param>
/// <param name="Asserted">Whether the claim itself says that the null model is true, so that to pass it is no fault.</param>
internal sealed record ReportChance(string Null, double Rate, bool Asserted);
