namespace PythiaOrleans.Results;

/// <summary>All derived columns, by the analysis that they belong to.</summary>
public static class DerivedColumns
{
    private static readonly Dictionary<string, IDerivedColumns> ByAnalysis =
        new IDerivedColumns[] { new DirectionCloseness() }.ToDictionary(derived => derived.Analysis, StringComparer.Ordinal);

    /// <summary>Those of an analysis; null where it has none.</summary>
    public static IDerivedColumns? Of(string analysis) => ByAnalysis.GetValueOrDefault(analysis);
}
