namespace PythiaOrleans.Reporting.Plots;

/// <summary>How many seeds of a model agree with a claim.</summary>
/// <param name="Finding">The claim's name.</param>
/// <param name="Group">The model, without seed.</param>
/// <param name="Agreeing">Seeds that agree with all parts of the claim.</param>
/// <param name="Judged">Seeds that were judged.</param>
/// <param name="Low">The lower end of the exact 95 % interval of the share that agrees.</param>
/// <param name="High">The upper end.</param>
internal sealed record ReportAgreement(string Finding, string Group, int Agreeing, int Judged, double Low, double High);
