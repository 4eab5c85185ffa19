using PythiaOrleans.Reporting.Findings;
using PythiaOrleans.Reporting.Series;

namespace PythiaOrleans.Reporting.NullModels;

/// <summary>Tries every finding on null models: how often does each rule pass where there is nothing to find?</summary>
public static class NullTrial
{
    /// <summary>Suites of each null model that the table which comes with the program was made of.</summary>
    public const int DefaultDraws = 20;

    /// <summary>All null models.</summary>
    public static IReadOnlyList<INullModel> Models
    { get; } = [new InitialisedMatrices(), new ShuffledMatrices(), new SmoothCurves(), new RandomWalk()];

    /// <summary>Judges the findings on suites drawn from a null model.</summary>
    /// <param name="model">The null model.</param>
    /// <param name="findings">The findings; one that lacks a column of the null model's series is left out.</param>
    /// <param name="draws">Suites; draw i has seed i.</param>
    /// <param name="drawn">Told after each draw; null tells nobody.</param>
    /// <param name="cancellationToken">Stops between draws.</param>
    public static IReadOnlyList<NullRate> Run(
        INullModel model, IReadOnlyList<IFinding> findings, int draws, IProgress<int>? drawn, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(findings);
        var counts = new Dictionary<(string Finding, string Part), (int Passed, int Judged)>();
        for (var draw = 0; draw < draws; draw++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var series = model.Draw(draw);
            foreach (var finding in findings.Where(finding => finding.Reads.All(column => series.Has(column.Analysis, column.Column))))
            {
                foreach (var (part, passed) in Judgements([.. finding.Judge(series).Where(item => item.Agrees is not null)]))
                {
                    var (before, judged) = counts.GetValueOrDefault((finding.Id, part));
                    counts[(finding.Id, part)] = (before + (passed ? 1 : 0), judged + 1);
                }
            }

            drawn?.Report(draw + 1);
        }

        return [.. counts.Select(pair => new NullRate(pair.Key.Finding, pair.Key.Part, model.Name, pair.Value.Passed, pair.Value.Judged))];
    }

    // A part by itself, and the whole claim: a model passes where all its numbers agree and all those of the models together.
    private static IEnumerable<(string Part, bool Passed)> Judgements(Evidence[] evidence)
    {
        foreach (var part in evidence.GroupBy(item => item.Part).Where(part => part.Key.Length > 0))
        {
            foreach (var unit in part.GroupBy(item => item.Model.Length > 0 ? item.Model : item.Component))
            {
                yield return (part.Key, unit.All(item => item.Agrees == true));
            }
        }

        var together = evidence.Where(item => item.Model.Length == 0).All(item => item.Agrees == true);
        var models = evidence.Where(item => item.Model.Length > 0).GroupBy(item => item.Model).ToArray();
        foreach (var model in models)
        {
            yield return (NullRate.Whole, together && model.All(item => item.Agrees == true));
        }

        if (models.Length == 0 && evidence.Length > 0)
        {
            yield return (NullRate.Whole, together);
        }
    }
}
