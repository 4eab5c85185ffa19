using System.Text.RegularExpressions;

namespace PythiaOrleans.Reporting.Seeds;

/// <summary>Which models are one model trained again with other seeds.</summary>
public static partial class SeedGroups
{
    /// <summary>
    /// The name that the runs of one model share: <c>pythia-160m</c> of <c>pythia-160m-seed3</c>, <c>pythia-160m-data</c> of
    /// <c>pythia-160m-data-seed1</c>, <c>gpt2-small</c> of <c>alias-gpt2-small-x21</c>; of other models their own.
    /// </summary>
    public static string NameOf(string model)
    {
        ArgumentNullException.ThrowIfNull(model);
        return Seed().Match(model) is { Success: true } seed
            ? seed.Groups["group"].Value
            : Run().Match(model) is { Success: true } run ? run.Groups["group"].Value : model;
    }

    /// <summary>The models that were trained more than once, by the name that their runs share, each with its runs.</summary>
    public static IReadOnlyDictionary<string, IReadOnlyList<string>> Of(IEnumerable<string> models) => models.GroupBy(NameOf)
        .Where(group => group.Count() > 1).ToDictionary(group => group.Key, group => (IReadOnlyList<string>)[.. group]);

    [GeneratedRegex(@"\A(?<group>.+?)[-_]seed[-_]?[0-9]+\z", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex Seed();

    // The runs of Stanford's CRFM have names and seeds.
    [GeneratedRegex(@"\A[a-z]+-(?<group>gpt2-(?:small|medium))-x[0-9]+\z", RegexOptions.CultureInvariant)]
    private static partial Regex Run();
}
