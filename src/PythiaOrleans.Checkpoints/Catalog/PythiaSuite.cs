using PythiaOrleans.Checkpoints.Families;

namespace PythiaOrleans.Checkpoints.Catalog;

/// <summary>EleutherAI's Pythia: sizes, names old and new, steps, schedule, and what is known of bad revisions.</summary>
/// <remarks>
/// Sizes and learning rates: Biderman et al. 2023, arXiv:2304.01373, table 1, and the repository's configurations; parameter counts are
/// pinned by a test.
/// </remarks>
internal static class PythiaSuite
{
    private const int TokenCount = 50_277;
    private const int Warmup = 1430;
    private const int LastStep = 143_000;
    private const int HalfDecay = 71_250;
    private const long TokensPerStep = 2_097_152;

    private const string ServesFinalWeights = "this branch of the hub serves final-era weights (EleutherAI/pythia#205)";
    private const string ServesFinalShard = "the first shard of this branch is the final one's (EleutherAI/pythia#206)";

    /// <summary>
    /// name, old name, blocks, hidden size, heads, vocabulary rows, peak learning rate, whether there is a deduped twin and a v0.
    /// </summary>
    private static readonly (string Size, string? Old, int Blocks, int Hidden, int Heads, int Rows, double Peak, bool Twins)[] Sizes =
    [
        ("14m", null, 6, 128, 4, 50304, 1e-3, false),
        ("31m", null, 6, 256, 8, 50304, 1e-3, false),
        ("70m", "19m", 6, 512, 8, 50304, 1e-3, true),
        ("160m", "125m", 12, 768, 12, 50304, 6e-4, true),
        ("410m", "350m", 24, 1024, 16, 50304, 3e-4, true),
        ("1b", "800m", 16, 2048, 8, 50304, 2.5e-4, true),
        ("1.4b", "1.3b", 24, 2048, 16, 50304, 2e-4, true),
        ("2.8b", "2.7b", 32, 2560, 32, 50304, 1.6e-4, true),
        ("6.9b", "6.7b", 32, 4096, 32, 50432, 1.2e-4, true),
        ("12b", "13b", 36, 5120, 40, 50688, 1.2e-4, true),
    ];

    /// <summary>Step 1000 to 143000 by 1000.</summary>
    public static IReadOnlyList<int> LinearSteps { get; } = [.. Enumerable.Range(1, LastStep / 1000).Select(i => i * 1000)];

    /// <summary>Step 0, the powers of two up to 512, then the linear steps: 154 revisions.</summary>
    public static IReadOnlyList<int> AllSteps { get; } = [0, .. Enumerable.Range(0, 10).Select(i => 1 << i), .. LinearSteps];

    /// <summary>Every model: plain, deduped, and v0.</summary>
    public static IReadOnlyList<ModelEntry> Models { get; } =
    [
        .. Sizes.Select(size => Entry(size, "", AllSteps)),
        .. Sizes.Where(size => size.Twins).Select(size => Entry(size, "-deduped", AllSteps)),
        .. Sizes.Where(size => size.Twins).Select(size => Entry(size, "-v0", LinearSteps)),
        .. Sizes.Where(size => size.Twins).Select(size => Entry(size, "-deduped-v0", LinearSteps)),
    ];

    /// <summary>The suites that are swept by default.</summary>
    public static IReadOnlyList<Suite> Suites { get; } =
    [
        new("pythia", Named(["14m", "70m", "160m", "410m", "1b", "1.4b"], ""), [0, .. LinearSteps], 0,
            "six sizes, 143 checkpoints each and step 0 as the reference"),
        new("pythia-deduped", Named(["70m", "160m", "410m", "1b", "1.4b", "2.8b"], "-deduped"), [0, .. LinearSteps], 0,
            "the twins trained on the deduplicated Pile"),
        new("pythia-v0", Named(["70m", "160m", "410m", "1b", "1.4b"], "-v0"), LinearSteps, 1000,
            "the five models that the post measured; no step 0, so distances start at step 1000"),
    ];

    private static string[] Named(string[] sizes, string suffix) => [.. sizes.Select(size => $"pythia-{size}{suffix}")];

    /// <summary>The model of that name, for suites that vary it.</summary>
    public static ModelEntry Find(string name) => Models.First(model => model.Name == name);

    private static ModelEntry Entry(
        (string Size, string? Old, int Blocks, int Hidden, int Heads, int Rows, double Peak, bool Twins) size,
        string suffix,
        IReadOnlyList<int> steps) => new()
        {
            Name = $"pythia-{size.Size}{suffix}",
            Aliases = size.Old is null ? [] : [$"pythia-{size.Old}{suffix}"],
            Repository = $"EleutherAI/pythia-{size.Size}{suffix}",
            Shape = new ModelShape
            {
                ModelType = "gpt_neox",
                Blocks = size.Blocks,
                HiddenSize = size.Hidden,
                Heads = size.Heads,
                IntermediateSize = 4 * size.Hidden,
                VocabularyRows = size.Rows,
            },
            Steps = steps,
            Schedule = Schedule(size.Size, size.Peak, suffix.EndsWith("v0", StringComparison.Ordinal)),
            TokenCount = TokenCount,
            KnownBad = KnownBad(size.Size, suffix),
        };

    // v0 of 160m, 410m and 1.4b used batches of 4M tokens and labels of twice the optimizer's step: nothing that this schedule says holds
    // of them.
    private static TrainingSchedule Schedule(string size, double peak, bool v0) => v0 && size is ("160m" or "410m" or "1.4b")
        ? new TrainingSchedule(peak, 0.01 * HalfDecay, HalfDecay, LastStep / 2, 0.1, 0.1, 2 * TokensPerStep) { StepsPerUpdate = 2 }
        : new TrainingSchedule(peak, Warmup, LastStep, LastStep, 0.1, 0.1, TokensPerStep);

    private static Dictionary<int, string> KnownBad(string size, string suffix) => (size, suffix) switch
    {
        ("2.8b", "") => BadStepsOf28().ToDictionary(step => step, _ => ServesFinalWeights),
        ("12b", "-deduped") => new() { [32_000] = "an outlier of every evaluation (EleutherAI/pythia#108)" },
        ("12b", "") => new() { [50_000] = ServesFinalShard, [58_000] = ServesFinalShard },
        _ => [],
    };

    private static IEnumerable<int> BadStepsOf28()
    {
        int[] thousands =
        [
            .. Enumerable.Range(1, 53), 55, 60, 65, 70, 80, 90, 100, 103, 110, 120, 130, 140, // equal to main
            54, 56, 57, 58, 59, 61, 62, 63, 64, 143, // share another blob
        ];
        return AllSteps.Where(step => step < 1000 || thousands.Contains(step / 1000));
    }
}
