namespace PythiaOrleans.Reporting.Findings;

/// <summary>A finding, judged.</summary>
/// <param name="Id">The finding's name.</param>
/// <param name="Claim">The claim in one sentence.</param>
/// <param name="Verdict">What the numbers say.</param>
/// <param name="Summary">The verdict in words: which models agree, or what is missing.</param>
/// <param name="Evidence">The numbers.</param>
/// <param name="Reads">The series that a plot of the evidence shows.</param>
public sealed record FindingReport(
    string Id, string Claim, Verdict Verdict, string Summary, IReadOnlyList<Evidence> Evidence, IReadOnlyList<SeriesColumn> Reads);
