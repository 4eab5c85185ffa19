using PythiaOrleans.Checkpoints.Families;

namespace PythiaOrleans.Checkpoints.Catalog;

/// <summary>The OLMo models of the Allen Institute for AI, 1 to 3: those of their runs whose branches are known.</summary>
/// <remarks>
/// Steps and names of branches: the lists in allenai/OLMo and allenai/OLMo-core, and the model cards. OLMo 2 rounds tokens up, OLMo 1 to
/// the nearest, its 1B and OLMoE down. Where a branch counts them otherwise, the hub source finds it by its step.
/// A step that the hub lacks is reported as absent by <c>pythia plan</c>.
/// Schedules: configs/official*/*.yaml of allenai/OLMo and src/scripts/official of allenai/OLMo-core. That of the first 7B was changed
/// while it ran, and how long the cosine of OLMo 3 32B was to be is not said: these are left empty.
/// </remarks>
internal static class OlmoSuites
{
    private const long FourMillion = 4_194_304;
    private const string ByTokens = "step{step}-tokens{tokens}B";
    private const string ByTokensDown = "step{step}-tokens{tokens:down}B";
    private const string FirstStage = "stage1-step{step}-tokens{tokens:up}B";
    private const string SameShards = "three branches hold byte-identical shards (allenai/OLMo#915)";

    /// <summary>The models, oldest first.</summary>
    public static IReadOnlyList<ModelEntry> Models { get; } =
    [
        Olmo1("olmo-1b", "OLMo-1B-hf", (16, 2048, 16, 8192), FourMillion, Olmo1Steps()) with
        {
            Revision = ByTokensDown,
            Revisions = new Dictionary<int, string> { [738_020] = "step738020-tokens3094B" },
            Schedule = Cosine(4e-4, 2000, 739_328, 739_328, FourMillion, decaysAll: false),
            Shape = Shape1((16, 2048, 16, 8192), 2048) with { TiedEmbedding = true },
        },
        Olmo1("olmo-7b", "OLMo-7B-hf", (32, 4096, 32, 11008), 4_423_680, Every(1000, 1000, 556_000)),
        Olmo1("olmo-7b-0424", "OLMo-7B-0424-hf", (32, 4096, 32, 11008), FourMillion, Every(0, 1000, 477_000)) with
        {
            KnownBad = new Dictionary<int, string> { [115_000] = "reported as identical to main (discussion 6 of the repository)" },
            Schedule = SecondOlmo1,
        },
        Olmo1("olmo-7b-0724", "OLMo-7B-0724-hf", (32, 4096, 32, 11008), FourMillion, Every(0, 1000, 558_000)) with
        {
            Schedule = SecondOlmo1,
        },
        Olmo2(
            "olmo-2-1b", "OLMo-2-0425-1B", (16, 2048, 16, null, 8192), FourMillion / 2,
            [0, 300, .. Every(10_000, 10_000, 1_900_000), 1_907_359]) with
        {
            Schedule = Olmo2OneB,
        },
        Olmo2(
            "olmo-2-1b-early", "OLMo-2-0425-1B-early-training", (16, 2048, 16, null, 8192), FourMillion / 2, Every(0, 1000, 37_000)) with
        {
            Schedule = Olmo2OneB,
        },
        .. Enumerable.Range(1, 3).Select(
            run => SecondStage($"olmo-2-1b-stage2-{run}", run, "OLMo-2-0425-1B", (16, 2048, 16, null, 8192), FourMillion / 2)),
        Olmo2("olmo-2-7b", "OLMo-2-1124-7B", (32, 4096, 32, null, 11008), FourMillion, [150, .. Every(1000, 1000, 928_000), 928_646]) with
        {
            KnownBad = new Dictionary<int, string> { [101_000] = SameShards, [175_000] = SameShards, [300_000] = SameShards },
            Schedule = Cosine(3e-4, 2000, 1_192_093, 928_646, FourMillion, decaysAll: false) with { DecaysNormsAndBiases = true },
        },
        Olmo2(
            "olmo-2-13b", "OLMo-2-1124-13B", (40, 5120, 40, null, 13824), 2 * FourMillion,
            [102_500, .. Every(103_000, 1000, 596_000), 596_057]) with
        {
            Schedule = Olmo2ThirteenB,
        },
        Olmo2("olmo-2-32b", "OLMo-2-0325-32B", (64, 5120, 40, 8, 27648), 2 * FourMillion, [.. Every(1000, 1000, 721_000), 721_901]) with
        {
            Schedule = Cosine(6e-4, 2000, 774_860, 721_901, 2 * FourMillion, decaysAll: false) with { DecaysNormsAndBiases = true },
        },
        Olmo3("olmo-3-7b", "Olmo-3-1025-7B", (32, 4096, 32, null, 11008), 1, [.. Every(0, 1000, 1_413_000), 1_413_814]) with
        {
            Schedule = Olmo3SevenB,
        },
        OlmoE(),
        Olmo3("olmo-3-32b", "Olmo-3-1125-32B", (64, 5120, 40, 8, 27648), 1, Every(0, 1000, 655_000)),
    ];

    /// <summary>One suite for each generation that has steps in common.</summary>
    public static IReadOnlyList<Suite> Suites { get; } =
    [
        new("olmo-1", ["olmo-7b-0424", "olmo-7b-0724"], Every(0, 10_000, 470_000), 0, "OLMo 1: two trainings of 7B"),
        new("olmo-2-1b", ["olmo-2-1b"], [0, .. Every(10_000, 10_000, 1_900_000)], 0, "OLMo 2 1B, first stage"),
        new("olmo-2", ["olmo-2-7b", "olmo-2-13b"], Every(110_000, 10_000, 590_000), 110_000, "OLMo 2 7B and 13B, first stage"),
        new("olmoe", ["olmoe-1b-7b"], Every(5000, 5000, 1_220_000), 5000, "OLMoE, a mixture of experts, as weights; no step 0"),
        new("olmo-3", ["olmo-3-7b", "olmo-3-32b"], Every(0, 10_000, 650_000), 0, "OLMo 3, first stage"),
    ];

    // 10.5 billion tokens of warm-up, a cosine of 3 trillion, of which two were trained.
    private static TrainingSchedule SecondOlmo1 => Cosine(3e-4, 2500, 715_256, 715_256, FourMillion, decaysAll: true);

    // 8.4 billion tokens of warm-up, a cosine of 5 trillion, of which four were trained; norms are decayed, embeddings are not.
    private static TrainingSchedule Olmo2OneB =>
        Cosine(4e-4, 4000, 2_384_186, 1_907_359, FourMillion / 2, decaysAll: false) with { DecaysNormsAndBiases = true };

    // OLMo2-13B-stage1.yaml, but for the peak: it says 3e-4, scripts/augusta/peteish13-highlr-launch.sh sets 9e-4. The second stage starts
    // where the first ended, at a tenth of the peak; its configuration says 9e-5.
    private static TrainingSchedule Olmo2ThirteenB =>
        Cosine(9e-4, 1000, 596_046, 596_057, 2 * FourMillion, decaysAll: false) with { DecaysNormsAndBiases = true };

    // OLMo-3-1025-7B-pretrain-1.py: a cosine of 5 trillion tokens. Half-way it was stretched to 7 trillion (OLMo-3-1025-7B-pretrain-2.py,
    // HalfCosWithWarmup), of which 5.93 were trained.
    private static TrainingSchedule Olmo3SevenB =>
        Cosine(3e-4, 2000, 1_192_092, 1_413_814, FourMillion, decaysAll: false) with
        {
            DecaysNormsAndBiases = true,
            StretchedTo = 1_668_930,
        };

    // Lengths in updates: the configurations count tokens. To a tenth of the peak, weight decay 0.1.
    private static TrainingSchedule Cosine(double peak, int warmup, int decay, int total, long tokensPerStep, bool decaysAll) =>
        new(peak, warmup, decay, total, 0.1, 0.1, tokensPerStep)
        {
            Decay = DecayKind.CosineToFloor,
            DecaysNormsAndBiases = decaysAll,
            DecaysEmbeddings = decaysAll,
        };

    private static int[] Every(int from, int by, int to) => [.. Enumerable.Range(0, ((to - from) / by) + 1).Select(i => from + (i * by))];

    // Of the first list of steps those that are multiples of 10,000: none between 117,000 and 330,000 (allenai/OLMo#879).
    private static int[] Olmo1Steps() => [.. Every(10_000, 10_000, 110_000), .. Every(330_000, 10_000, 470_000), 738_020];

    private static ModelEntry Olmo1(
        string name, string repository, (int Blocks, int Hidden, int Heads, int Inner) size, long tokensPerStep,
        IReadOnlyList<int> steps) => new()
        {
            Name = name,
            Repository = $"allenai/{repository}",
            Revision = ByTokens,
            TokensPerStep = tokensPerStep,
            Steps = steps,
            TokenCount = 50_280,
            Shape = Shape1(size, name == "olmo-7b" ? 2048 : 4096),
        };

    private static ModelShape Shape1((int Blocks, int Hidden, int Heads, int Inner) size, int context) => new()
    {
        ModelType = "olmo",
        Blocks = size.Blocks,
        HiddenSize = size.Hidden,
        Heads = size.Heads,
        IntermediateSize = size.Inner,
        VocabularyRows = 50_304,
        ContextLength = context,
        RotaryPct = 1,
        ParallelResidual = false,
    };

    private static ModelEntry Olmo2(
        string name, string repository, (int Blocks, int Hidden, int Heads, int? KeyHeads, int Inner) size, long tokensPerStep,
        IReadOnlyList<int> steps) => new()
        {
            Name = name,
            Repository = $"allenai/{repository}",
            Revision = FirstStage,
            TokensPerStep = tokensPerStep,
            Steps = steps,
            TokenCount = 100_278,
            Shape = new ModelShape
            {
                ModelType = "olmo2",
                Blocks = size.Blocks,
                HiddenSize = size.Hidden,
                Heads = size.Heads,
                KeyValueHeads = size.KeyHeads,
                IntermediateSize = size.Inner,
                VocabularyRows = 100_352,
                ContextLength = 4096,
                RotaryPct = 1,
                RotaryBase = 500_000,
                LayerNormEps = 1e-6,
                ParallelResidual = false,
            },
        };

    // 64 experts a block, of which a token sees 8: no family runs it, its weights are measured tensor by tensor.
    private static ModelEntry OlmoE()
    {
        var size = (Blocks: 16, Hidden: 2048, Heads: 16, Inner: 1024);
        return Olmo1("olmoe-1b-7b", "OLMoE-1B-7B-0924", size, FourMillion, Every(5000, 5000, 1_220_000)) with
        {
            Revision = ByTokensDown,
            Shape = Shape1(size, 4096) with { ModelType = "olmoe" },
            Schedule = Cosine(4e-4, 2500, 1_192_093, 1_220_000, FourMillion, decaysAll: true),
        };
    }

    private static ModelEntry SecondStage(
        string name, int run, string repository, (int Blocks, int Hidden, int Heads, int? KeyHeads, int Inner) size, long tokensPerStep) =>
        Olmo2(name, repository, size, tokensPerStep, [.. Every(1000, 1000, 23_000), 23_852]) with
        {
            Revision = $"stage2-ingredient{run}-step{{step}}-tokens{{tokens:up}}B",
        };

    // Branches of OLMo 3 do not name tokens.
    private static ModelEntry Olmo3(
        string name, string repository, (int Blocks, int Hidden, int Heads, int? KeyHeads, int Inner) size, int stage,
        IReadOnlyList<int> steps)
    {
        var second = Olmo2(name, repository, size, FourMillion, steps);
        return second with
        {
            Revision = $"stage{stage}-step{{step}}",
            Shape = second.Shape with { ModelType = "olmo3", VocabularyRows = 100_278, ContextLength = 8192, AttentionWindow = 4096 },
        };
    }
}
