using PythiaOrleans.Numerics.Trends;
using PythiaOrleans.Reporting.Findings;

namespace PythiaOrleans.Reporting.Seeds;

/// <summary>How many seeds of a model agree with a claim, and how sure that is.</summary>
/// <param name="Finding">The claim's name.</param>
/// <param name="Group">The model, without seed.</param>
/// <param name="Agreeing">Seeds that agree with all parts of the claim.</param>
/// <param name="Judged">Seeds that were judged.</param>
/// <param name="Low">The lower end of the exact 95 % interval of the share that agrees (Clopper and Pearson).</param>
/// <param name="High">The upper end.</param>
public sealed record SeedAgreement(string Finding, string Group, int Agreeing, int Judged, double Low, double High)
{
    /// <summary>The agreements of models with more than one judged seed.</summary>
    /// <param name="reports">Judged findings.</param>
    /// <param name="models">The models that were judged.</param>
    public static IReadOnlyList<SeedAgreement> Count(IReadOnlyList<FindingReport> reports, IReadOnlyList<string> models)
    {
        ArgumentNullException.ThrowIfNull(reports);
        return
        [
            .. from report in reports
               from model in models.GroupBy(SeedGroups.NameOf)
               let verdicts = model.Select(report.VerdictOf).Where(verdict => verdict != Verdict.Undecided).ToArray()
               where verdicts.Length > 1
               let agreeing = verdicts.Count(verdict => verdict == Verdict.Holds)
               let interval = BinomialInterval.Compute(agreeing, verdicts.Length)
               select new SeedAgreement(report.Id, model.Key, agreeing, verdicts.Length, interval.Low, interval.High),
        ];
    }
}
