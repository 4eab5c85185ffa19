using System.Globalization;

namespace PythiaOrleans.Reporting.Findings;

/// <summary>How many claims were judged, and how many of the agreements chance would give.</summary>
/// <param name="Findings">All findings.</param>
/// <param name="Judged">Findings with at least one verdict.</param>
/// <param name="Comparisons">Numbers that were compared with what a claim expects.</param>
/// <param name="Cells">Pairs of a claim and a model that were judged, of claims whose chance is known.</param>
/// <param name="Agreeing">Those that agree.</param>
/// <param name="ByChance">
/// How many of the cells would agree in a suite with nothing to find: the sum of the largest pass rate of each claim on a null model that
/// it does not itself assert.
/// </param>
public sealed record Multiplicity(int Findings, int Judged, int Comparisons, int Cells, int Agreeing, double ByChance)
{
    /// <summary>Counts.</summary>
    public static Multiplicity Count(IReadOnlyList<FindingReport> reports, IReadOnlyList<string> models)
    {
        ArgumentNullException.ThrowIfNull(reports);
        var cells = (from report in reports
                     where report.MostPassed is not null
                     from model in models
                     let verdict = report.VerdictOf(model)
                     where verdict != Verdict.Undecided
                     select (Agrees: verdict == Verdict.Holds, report.MostPassed!.Rate)).ToArray();
        return new Multiplicity(
            reports.Count,
            reports.Count(report => report.Parts.Count > 0),
            reports.Sum(report => report.Evidence.Count(item => item.Agrees is not null)),
            cells.Length,
            cells.Count(cell => cell.Agrees),
            cells.Sum(cell => cell.Rate));
    }

    /// <summary>In words.</summary>
    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture,
        $"{Judged} of {Findings} claims were judged, by {Comparisons:N0} comparisons of a number with what a claim expects. ")
        + (Cells == 0 ? "" : string.Create(
            CultureInfo.InvariantCulture,
            $"With so many, some agree by chance: of {Cells:N0} pairs of a claim and a model {Agreeing:N0} agree, "
                + $"and in a suite with nothing to find about {ByChance:0} would. ")
            + "The pass rate beside a verdict says how much of it is chance.");
}
