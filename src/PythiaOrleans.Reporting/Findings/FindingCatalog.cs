using System.Reflection;
using PythiaOrleans.Reporting.Series;

namespace PythiaOrleans.Reporting.Findings;

/// <summary>All findings, and how evidence becomes a verdict.</summary>
public static class FindingCatalog
{
    /// <summary>Fewer checkpoints than these show no course of training.</summary>
    internal const int MinCheckpoints = 10;

    private static readonly Lock Registering = new();
    private static volatile IFinding[] _all = FindingsOf(typeof(IFinding).Assembly);

    /// <summary>Every finding of the program and of registered plugins, by name.</summary>
    public static IReadOnlyList<IFinding> All => _all;

    /// <summary>Takes the findings of a plugin too, from now on.</summary>
    /// <returns>How many findings the assembly holds.</returns>
    /// <exception cref="ArgumentException">One of them has the name of a finding that is known already.</exception>
    public static int Register(Assembly plugin)
    {
        ArgumentNullException.ThrowIfNull(plugin);
        lock (Registering)
        {
            var found = FindingsOf(plugin);
            if (found.Select(finding => finding.Id).Intersect(_all.Select(finding => finding.Id)).FirstOrDefault() is { } twice)
            {
                throw new ArgumentException($"{plugin.GetName().Name} holds a finding '{twice}', which exists already: give it another name.");
            }

            _all = [.. _all.Concat(found).OrderBy(finding => finding.Id, StringComparer.Ordinal)];
            return found.Length;
        }
    }

    /// <summary>Judges every finding.</summary>
    public static IReadOnlyList<FindingReport> Judge(SeriesSet series) => [.. All.Select(finding => Judge(finding, series))];

    /// <summary>Judges one finding: a model agrees where all its numbers do (numbers of all models together count per component); the claim holds where all models agree and fails where none does.</summary>
    public static FindingReport Judge(IFinding finding, SeriesSet series)
    {
        ArgumentNullException.ThrowIfNull(finding);
        ArgumentNullException.ThrowIfNull(series);
        FindingReport Report(Verdict verdict, string summary, IReadOnlyList<Evidence> evidence) =>
            new(finding.Id, finding.Claim, verdict, summary, evidence, finding.Reads);

        var missing = finding.Reads.Where(column => !series.Has(column.Analysis, column.Column)).Select(column => column.ToString()).ToArray();
        if (missing.Length > 0)
        {
            return Report(Verdict.Undecided, $"needs {string.Join(", ", missing)}", []);
        }

        var longest = finding.Reads.Min(column => series.Curves(column.Analysis, column.Column).Select(curve => curve.Steps.Length).DefaultIfEmpty().Max());
        if (longest < MinCheckpoints)
        {
            return Report(Verdict.Undecided, $"needs {MinCheckpoints} checkpoints, has {longest}", []);
        }

        // In a partial sweep a model may have hardly begun: its numbers are shown, but decide nothing.
        var known = series.Models.Where(model => finding.Reads.All(column =>
            series.Curves(column.Analysis, column.Column).Any(curve => curve.Model == model && curve.Steps.Length >= MinCheckpoints))).ToHashSet();
        Evidence[] evidence =
        [
            .. finding.Judge(series).Select(item => item.Model.Length == 0 || known.Contains(item.Model) ? item : item with { Agrees = null }),
        ];
        var models = evidence.Where(item => item.Agrees is not null)
            .GroupBy(item => item.Model.Length > 0 ? item.Model : $"{item.Component} of all models")
            .Select(group => (Model: group.Key, Agrees: group.All(item => item.Agrees == true))).ToArray();
        var agreeing = models.Where(model => model.Agrees).Select(model => model.Model).ToArray();
        var verdict = (agreeing.Length, models.Length) switch
        {
            (_, 0) => Verdict.Undecided,
            (var some, var all) when some == all => Verdict.Holds,
            (0, _) => Verdict.Fails,
            _ => Verdict.Mixed,
        };
        return Report(verdict, Summary(verdict, agreeing, models.Length), evidence);
    }

    private static IFinding[] FindingsOf(Assembly assembly) =>
    [
        .. assembly.GetTypes()
            .Where(type => type is { IsClass: true, IsAbstract: false } && type.IsAssignableTo(typeof(IFinding)))
            .Select(type => (IFinding)Activator.CreateInstance(type)!)
            .OrderBy(finding => finding.Id, StringComparer.Ordinal),
    ];

    private static string Summary(Verdict verdict, string[] agreeing, int models) => verdict switch
    {
        Verdict.Undecided => "needs components, blocks or models that the series do not have",
        Verdict.Holds => $"agrees: {string.Join(", ", agreeing)}",
        Verdict.Fails => "nothing agrees",
        _ => $"{agreeing.Length} of {models} agree: {string.Join(", ", agreeing)}",
    };
}
