using PythiaOrleans.Checkpoints.Families;

namespace PythiaOrleans.Checkpoints.Catalog;

/// <summary>Amber of LLM360, Stanford's ten GPT-2 runs, and the intermediate checkpoints of BLOOM.</summary>
internal static class OtherSuites
{
    private static readonly string[] SmallRuns =
        [
            "alias-gpt2-small-x21", "battlestar-gpt2-small-x49", "caprica-gpt2-small-x81",
            "darkmatter-gpt2-small-x343", "expanse-gpt2-small-x777",
        ];

    private static readonly string[] MediumRuns =
        [
            "arwen-gpt2-medium-x21", "beren-gpt2-medium-x49", "celebrimbor-gpt2-medium-x81",
            "durin-gpt2-medium-x343", "eowyn-gpt2-medium-x777",
        ];

    private static readonly int[] BloomSteps = [1000, 10_000, 100_000, 200_000, 300_000, 400_000, 500_000, 600_000];

    /// <summary>
    /// 0 to 90 by 10, to 1,950 by 50, to 19,900 by 100, to 400,000 by 1,000: 609 steps, the same in all ten runs (stanford-crfm/mistral,
    /// mistral_models.json).
    /// </summary>
    public static IReadOnlyList<int> Gpt2Steps { get; } =
    [
        .. Enumerable.Range(0, 10).Select(i => i * 10),
        .. Enumerable.Range(2, 38).Select(i => i * 50),
        .. Enumerable.Range(20, 180).Select(i => i * 100),
        .. Enumerable.Range(20, 381).Select(i => i * 1000),
    ];

    /// <summary>Amber, then the GPT-2 runs, then BLOOM by size.</summary>
    public static IReadOnlyList<ModelEntry> Models { get; } =
    [
        Amber(),
        .. SmallRuns.Select(run => Gpt2(run, (12, 768, 12), 6e-4)),
        .. MediumRuns.Select(run => Gpt2(run, (24, 1024, 16), 1.5e-4)),
        Bloom("560m", (24, 1024, 16)) with
        {
            KnownBad = new[] { 500_000, 600_000 }.ToDictionary(step => step, _ => "reported as wrong (discussion 2 of the repository)"),
        },
        Bloom("1b1", (24, 1536, 16)),
        Bloom("1b7", (24, 2048, 16)),
        Bloom("3b", (30, 2560, 32)),
        Bloom("7b1", (30, 4096, 32)) with
        {
            KnownBad = new[] { 100_000, 200_000 }.ToDictionary(
                step => step, _ => "the two hold the same model (discussion 3 of the repository)"),
        },
    ];

    /// <summary>Their suites.</summary>
    public static IReadOnlyList<Suite> Suites { get; } =
    [
        new(
            "amber", ["amber"], [.. Enumerable.Range(0, 360)], 0,
            "Amber of LLM360: 360 checkpoints; steps count checkpoints of 3.5 billion tokens"),
        new("gpt2-small-runs", SmallRuns, Gpt2Steps, 0, "five seeds of GPT-2 small (Stanford CRFM)"),
        new("gpt2-medium-runs", MediumRuns, Gpt2Steps, 0, "five seeds of GPT-2 medium (Stanford CRFM)"),
        new(
            "bloom",
            [.. Models.Select(model => model.Name).Where(name => name.StartsWith("bloom", StringComparison.Ordinal))],
            BloomSteps,
            1000,
            "five sizes of BLOOM; the weights have a restricted licence"),
    ];

    // Branches count checkpoints, not steps; the last one is main.
    private static ModelEntry Amber() => new()
    {
        Name = "amber",
        Repository = "LLM360/Amber",
        Revision = "ckpt_{step:03}",
        Revisions = new Dictionary<int, string> { [359] = "main" },
        TokensPerStep = 1_260_000_000_000 / 360,
        Schedule = AmberSchedule(),
        Steps = [.. Enumerable.Range(0, 360)],
        TokenCount = 32_000,
        Shape = new ModelShape
        {
            ModelType = "llama",
            Blocks = 32,
            HiddenSize = 4096,
            Heads = 32,
            IntermediateSize = 11008,
            VocabularyRows = 32_000,
            RotaryPct = 1,
            LayerNormEps = 1e-6,
            ParallelResidual = false,
        },
    };

    // LLM360/amber-train, main.py: a chunk of the data is 762 batches of 2,240 texts, and ckpt_000 has seen the first one. All parameters
    // are decayed.
    private static TrainingSchedule AmberSchedule()
    {
        const int Chunk = 762;
        return new TrainingSchedule(3e-4, 2000, 360 * Chunk, 360 * Chunk, 0.1, 0.1, 2240 * 2048)
        {
            Decay = DecayKind.CosineToFloor,
            UpdatesPerStep = Chunk,
            UpdatesBefore = Chunk,
            DecaysNormsAndBiases = true,
        };
    }

    private static ModelEntry Gpt2(string run, (int Blocks, int Hidden, int Heads) size, double peak) => new()
    {
        Name = run,
        Repository = $"stanford-crfm/{run}",
        Revision = "checkpoint-{step}",
        Steps = Gpt2Steps,
        TokenCount = 50_257,
        Schedule = new TrainingSchedule(peak, 4000, 400_000, 400_000, 0, 0.1, 512 * 1024) { Decay = DecayKind.Linear },
        Shape = new ModelShape
        {
            ModelType = "gpt2",
            Blocks = size.Blocks,
            HiddenSize = size.Hidden,
            Heads = size.Heads,
            IntermediateSize = 4 * size.Hidden,
            VocabularyRows = 50_257,
            ContextLength = 1024,
            RotaryPct = 0,
            ParallelResidual = false,
            TiedEmbedding = true,
        },
    };

    // No schedule: it counts texts (bigscience-workshop/bigscience, train/tr11-176B-ml/smaller_models), of which an update has more and
    // more over the first 9.8 million.
    private static ModelEntry Bloom(string size, (int Blocks, int Hidden, int Heads) shape) => new()
    {
        Name = $"bloom-{size}",
        Repository = $"bigscience/bloom-{size}-intermediate",
        Revision = "global_step{step}",
        Steps = BloomSteps,
        TokenCount = 250_680,
        Shape = new ModelShape
        {
            ModelType = "bloom",
            Blocks = shape.Blocks,
            HiddenSize = shape.Hidden,
            Heads = shape.Heads,
            IntermediateSize = 4 * shape.Hidden,
            VocabularyRows = 250_880,
            ContextLength = 2048,
            RotaryPct = 0,
            ParallelResidual = false,
            TiedEmbedding = true,
        },
    };
}
