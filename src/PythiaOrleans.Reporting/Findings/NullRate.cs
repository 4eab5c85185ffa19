namespace PythiaOrleans.Reporting.Findings;

/// <summary>How often a part of a finding agrees on series in which there is nothing to find.</summary>
/// <param name="Finding">The finding's name.</param>
/// <param name="Part">The part of the claim.</param>
/// <param name="Null">The null model: <c>initialised</c>, <c>shuffled</c>, <c>smooth</c> or <c>random-walk</c>.</param>
/// <param name="Passed">Models, or components of all models together, that agreed.</param>
/// <param name="Judged">How many were judged.</param>
public sealed record NullRate(string Finding, string Part, string Null, int Passed, int Judged)
{
    /// <summary>A rule that passes a null model more often than this cannot say that a claim holds.</summary>
    public const double MaxRate = 0.1;

    /// <summary>The share that agreed.</summary>
    public double Rate => Judged == 0 ? 0 : (double)Passed / Judged;
}
