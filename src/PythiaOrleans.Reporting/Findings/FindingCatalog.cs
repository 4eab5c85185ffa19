using System.Reflection;
using PythiaOrleans.Reporting.Series;

namespace PythiaOrleans.Reporting.Findings;

/// <summary>All findings, and how evidence becomes a verdict.</summary>
public static class FindingCatalog
{
    /// <summary>Fewer checkpoints than these show no course of training.</summary>
    internal const int MinCheckpoints = 10;

    private static readonly Lock Registering = new();
    private static IReadOnlyList<IFinding> _all = Sorted(Discover(typeof(IFinding).Assembly));

    /// <summary>Every finding of the program and of registered assemblies, by name.</summary>
    public static IReadOnlyList<IFinding> All => _all;

    /// <summary>
    /// Adds every finding of an assembly: each public or internal class that implements <see cref="IFinding"/> and has a constructor
    /// without parameters.
    /// </summary>
    /// <exception cref="ArgumentException">A name is already taken by another finding.</exception>
    /// <returns>How many findings the assembly holds.</returns>
    public static int Register(Assembly assembly)
    {
        ArgumentNullException.ThrowIfNull(assembly);
        IFinding[] found = [.. Discover(assembly)];
        foreach (var finding in found)
        {
            Register(finding);
        }

        return found.Length;
    }

    /// <summary>Adds one finding. One of the same type that is already there is left as it is.</summary>
    /// <exception cref="ArgumentException">Its name is already taken by another finding.</exception>
    public static void Register(IFinding finding)
    {
        ArgumentNullException.ThrowIfNull(finding);
        lock (Registering)
        {
            if (_all.FirstOrDefault(known => known.Id == finding.Id) is not { } known)
            {
                _all = Sorted([.. _all, finding]);
            }
            else if (known.GetType() != finding.GetType())
            {
                throw new ArgumentException(
                    $"Finding '{finding.Id}' of {finding.GetType().Assembly.GetName().Name}: the name is already taken "
                        + $"by {known.GetType()}. Give it another one.",
                    nameof(finding));
            }
        }
    }

    /// <summary>Judges every finding.</summary>
    public static IReadOnlyList<FindingReport> Judge(SeriesSet series) => [.. All.Select(finding => Judge(finding, series))];

    /// <summary>Judges one finding.</summary>
    /// <remarks>
    /// In each part of the claim a model agrees where all its numbers do; numbers of all models together count once for each component.
    /// A part holds where all agree and fails where none does. A claim whose rules together pass a null model too often cannot hold:
    /// chance agrees as well, so it is undecided.
    /// </remarks>
    public static FindingReport Judge(IFinding finding, SeriesSet series)
    {
        ArgumentNullException.ThrowIfNull(finding);
        ArgumentNullException.ThrowIfNull(series);
        FindingReport Undecided(string summary) => new(finding.Id, finding.Claim, Verdict.Undecided, summary, [], finding.Reads);

        var missing = finding.Reads.Where(column => !series.Has(column.Analysis, column.Column))
            .Select(column => column.ToString()).Distinct().ToArray();
        if (missing.Length > 0)
        {
            return Undecided($"needs {string.Join(", ", missing)}");
        }

        var lengths = series.Models.ToDictionary(model => model, model => Length(finding, series, model));
        var longest = lengths.Values.DefaultIfEmpty().Max();
        if (longest is > 0 and < MinCheckpoints)
        {
            return Undecided($"needs {MinCheckpoints} checkpoints, has {longest}");
        }

        // In a partial sweep a model may have hardly begun: its numbers are shown, but decide nothing.
        Evidence[] evidence =
        [
            .. finding.Judge(series)
                .Select(item => item.Model.Length == 0 || lengths[item.Model] >= MinCheckpoints ? item : item with { Agrees = null }),
        ];
        FindingPart[] parts =
        [
            .. evidence.Where(item => item.Agrees is not null).GroupBy(item => item.Part).Select(part => Judge(finding.Id, part.Key, part)),
        ];
        var chance = NullRates.Find(finding.Id, NullRate.Whole);
        var passes = chance.Where(rate => rate.Rate > NullRate.MaxRate
            && !finding.AssertedNulls.Contains(rate.Null)).MaxBy(rate => rate.Rate);
        var verdict = Verdicts.Combine(parts) is var found && found == Verdict.Holds && passes is not null ? Verdict.Undecided : found;
        var summary = parts.Length == 0
            ? VerdictSentence.CreateUndecided(finding, series)
            : VerdictSentence.Create(parts, evidence, passes, found);
        return new FindingReport(finding.Id, finding.Claim, verdict, summary, evidence, finding.Reads)
        {
            Parts = parts,
            Chance = chance,
            AssertedNulls = finding.AssertedNulls,
            Picture = PictureMaker.Make(finding, series, evidence),
        };
    }

    private static FindingPart Judge(string finding, string part, IEnumerable<Evidence> evidence)
    {
        var units = evidence.GroupBy(item => item.Model.Length > 0 ? item.Model : $"{item.Component} of all models")
            .Select(group => (Name: group.Key, Agrees: group.All(item => item.Agrees == true))).ToArray();
        string[] agreeing = [.. units.Where(unit => unit.Agrees).Select(unit => unit.Name)];
        return new FindingPart(
            part, Verdicts.Combine(agreeing.Length, units.Length), agreeing, units.Length, NullRates.Find(finding, part));
    }

    // The checkpoints of a model's longest curve, in the column of which it has the fewest.
    private static int Length(IFinding finding, SeriesSet series, string model) => finding.Reads
        .Select(column => column.Select(series, model).Select(curve => curve.Steps.Length).DefaultIfEmpty().Max()).DefaultIfEmpty().Min();

    private static IEnumerable<IFinding> Discover(Assembly assembly) => assembly.GetTypes()
        .Where(type => type is { IsClass: true, IsAbstract: false } && type.IsAssignableTo(typeof(IFinding))
            && type.GetConstructor(Type.EmptyTypes) is not null)
        .Select(type => (IFinding)Activator.CreateInstance(type)!);

    private static IReadOnlyList<IFinding> Sorted(IEnumerable<IFinding> findings) =>
        [.. findings.OrderBy(finding => finding.Id, StringComparer.Ordinal)];
}
