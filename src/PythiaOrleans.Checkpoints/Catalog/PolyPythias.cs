namespace PythiaOrleans.Checkpoints.Catalog;

/// <summary>
/// Pythia trained again with other seeds: nine further runs of five sizes, and six runs in which only the data's order or only the
/// initialization changes.
/// </summary>
/// <remarks>van der Wal et al. 2025, arXiv:2503.09543. Seed 0 is the plain model.</remarks>
internal static class PolyPythias
{
    private const string WeightsAreMissing = "the branch has no weights (EleutherAI/pythia#202)";
    private const string OtherRun = "this step does not descend from the run's own step 0 (EleutherAI/pythia#203)";

    private static readonly string[] Sizes = ["14m", "31m", "70m", "160m", "410m"];

    /// <summary>The 45 seeds, then the six decoupled runs.</summary>
    public static IReadOnlyList<ModelEntry> Models { get; } =
    [
        .. Sizes.SelectMany(_ => Enumerable.Range(1, 9), (size, seed) => Vary(size, $"seed{seed}")),
        .. new[] { "data", "weight" }.SelectMany(_ => Enumerable.Range(1, 3), (kind, seed) => Vary("160m", $"{kind}-seed{seed}")),
    ];

    /// <summary>All sizes, one suite for each size, and one of the decoupled runs.</summary>
    public static IReadOnlyList<Suite> Suites { get; } =
    [
        new("polypythias", [.. Sizes.SelectMany(Seeds)], [0, .. PythiaSuite.LinearSteps], 0, "ten seeds of five sizes"),
        .. Sizes.Select(size => new Suite(
            $"polypythias-{size}", Seeds(size), [0, .. PythiaSuite.LinearSteps], 0, $"ten seeds of pythia-{size}")),
        new(
            "polypythias-decoupled",
            ["pythia-160m", .. Models.Skip(45).Select(model => model.Name)],
            [0, .. PythiaSuite.LinearSteps],
            0,
            "pythia-160m with another order of the data, or another initialization"),
    ];

    private static string[] Seeds(string size) =>
        [$"pythia-{size}", .. Enumerable.Range(1, 9).Select(seed => $"pythia-{size}-seed{seed}")];

    private static ModelEntry Vary(string size, string variant) => PythiaSuite.Find($"pythia-{size}") with
    {
        Name = $"pythia-{size}-{variant}",
        Aliases = [],
        Repository = $"EleutherAI/pythia-{size}-{variant}",
        KnownBad = (size, variant) switch
        {
            ("410m", "seed9") => new Dictionary<int, string> { [40_000] = WeightsAreMissing },
            ("410m", "seed6") => new Dictionary<int, string> { [88_000] = WeightsAreMissing },
            ("410m", "seed2") => new Dictionary<int, string> { [111_000] = WeightsAreMissing },
            ("160m", "weight-seed1" or "weight-seed2") => PythiaSuite.AllSteps.Where(step => step >= 1)
                .ToDictionary(step => step, _ => OtherRun),
            _ => new Dictionary<int, string>(),
        },
    };
}
