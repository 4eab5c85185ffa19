namespace PythiaOrleans.Reporting.Plots;

/// <summary>One part of a claim.</summary>
/// <param name="Name">A few words; empty where the claim has one part only.</param>
/// <param name="Verdict"><c>holds</c>, <c>mixed</c>, <c>fails</c> or <c>undecided</c>.</param>
/// <param name="Agreeing">How many models agree.</param>
/// <param name="Judged">Of how many.</param>
/// <param name="Chance">How often it passes where there is nothing to find.</param>
internal sealed record ReportFindingPart(string Name, string Verdict, int Agreeing, int Judged, IReadOnlyList<ReportChance> Chance);
