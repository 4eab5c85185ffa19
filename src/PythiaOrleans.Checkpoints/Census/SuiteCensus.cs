namespace PythiaOrleans.Checkpoints.Census;

/// <summary>The census of several models of one source.</summary>
/// <param name="Name">What was counted: a suite, a repository, a folder.</param>
/// <param name="Source">The source, without secrets.</param>
/// <param name="Level">How much was read.</param>
/// <param name="Taken">When, in UTC.</param>
/// <param name="Models">The models.</param>
public sealed record SuiteCensus(
    string Name, string Source, CensusLevel Level, DateTimeOffset Taken, IReadOnlyList<ModelCensus> Models)
{
    /// <summary>How many revisions have faults that are at worst of a severity.</summary>
    public int Count(CensusSeverity severity) => Models.Sum(model => model.Count(severity));

    /// <summary>The bad revisions as <c>--catalog</c> takes them: steps and reasons by model.</summary>
    public IReadOnlyDictionary<string, IReadOnlyDictionary<int, string>> KnownBad =>
        Models.Where(model => model.KnownBad.Count > 0).ToDictionary(model => model.Model, model => model.KnownBad);
}
