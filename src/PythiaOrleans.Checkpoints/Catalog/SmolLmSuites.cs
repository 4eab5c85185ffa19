using PythiaOrleans.Checkpoints.Families;

namespace PythiaOrleans.Checkpoints.Catalog;

/// <summary>SmolLM 2 and 3 of Hugging Face.</summary>
/// <remarks>
/// Steps, batches and names of branches: the cards of the repositories with intermediate checkpoints. Each size of SmolLM 2 has steps of
/// its own. Schedules: huggingface/smollm, config_smollm2_*.yaml of text/pretraining/smollm2, and text/pretraining/README.md for SmolLM 3.
/// Nanotron decays every parameter that a configuration does not except; those of SmolLM 2 except none.
/// </remarks>
internal static class SmolLmSuites
{
    private const int SmolLm3Interval = 40_000;

    /// <summary>The models, smallest first.</summary>
    public static IReadOnlyList<ModelEntry> Models { get; } =
    [
        SmolLm2("135m", "135M", (30, 576, 9, 3, 1536), 240_000, 8, Stable(3e-3, 400_000, 2_000_000, 1_048_576)),
        SmolLm2("360m", "360M", (32, 960, 15, 5, 2560), 160_000, 16, Stable(3e-3, 520_000, 2_600_000, 1_572_864)),
        SmolLm2("1.7b", "1.7B", (24, 2048, 32, 32, 8192), 125_000, 40, Stable(5e-4, 524_000, 5_240_000, 2_097_152)),
        SmolLm3(),
    ];

    /// <summary>One suite for each model.</summary>
    public static IReadOnlyList<Suite> Suites { get; } =
        [
            .. Models.Select(model => new Suite(
                model.Name,
                [model.Name],
                model.Steps,
                model.Steps[0],
                $"{model.Name}; no step 0, so distances start at step {model.Steps[0]}")),
        ];

    private static ModelEntry SmolLm2(
        string size, string published, (int Blocks, int Hidden, int Heads, int KeyHeads, int Inner) shape,
        int interval,
        int count,
        TrainingSchedule schedule) => new()
        {
            Name = $"smollm2-{size}",
            Repository = $"HuggingFaceTB/SmolLM2-{published}-intermediate-checkpoints",
            Revision = "step-{step}",
            TokensPerStep = schedule.TokensPerStep,
            Schedule = schedule,
            Steps = [.. Enumerable.Range(1, count).Select(i => i * interval)],
            TokenCount = 49_152,
            Shape = Llama("llama", shape, rows: 49_152, context: 2048, rotaryBase: 10_000) with { LayerNormEps = 1e-5 },
        };

    private static TrainingSchedule Stable(double peak, int decay, int total, long tokensPerStep) =>
        new(peak, 2000, decay, total, 0, 0.01, tokensPerStep) { Decay = DecayKind.StableThenLinear, DecaysNormsAndBiases = true };

    // Three stages in one run: steps go on where the stage before ended.
    private static ModelEntry SmolLm3()
    {
        int[] steps = [.. Enumerable.Range(1, 4_720_000 / SmolLm3Interval).Select(i => i * SmolLm3Interval)];
        return new()
        {
            Name = "smollm3-3b",
            Repository = "HuggingFaceTB/SmolLM3-3B-checkpoints",
            Revision = "stage1-step-{step}",
            Revisions = steps.Where(step => step > 3_450_000)
                .ToDictionary(step => step, step => $"stage{(step <= 4_200_000 ? 2 : 3)}-step-{step}"),
            TokensPerStep = 2_359_296,
            Schedule = new TrainingSchedule(2e-4, 2000, 472_000, 4_720_000, 0, 0.1, 2_359_296)
            {
                Decay = DecayKind.StableThenLinear,
                DecaysNormsAndBiases = true,
                DecaysEmbeddings = false,
            },
            Steps = steps,
            TokenCount = 128_256,
            Shape = Llama("smollm3", (36, 2048, 16, 4, 11008), rows: 128_256, context: 4096, rotaryBase: 50_000),
        };
    }

    private static ModelShape Llama(
        string type, (int Blocks, int Hidden, int Heads, int KeyHeads, int Inner) size, int rows, int context, double rotaryBase) => new()
        {
            ModelType = type,
            Blocks = size.Blocks,
            HiddenSize = size.Hidden,
            Heads = size.Heads,
            KeyValueHeads = size.KeyHeads,
            IntermediateSize = size.Inner,
            VocabularyRows = rows,
            ContextLength = context,
            RotaryPct = 1,
            RotaryBase = rotaryBase,
            ParallelResidual = false,
            TiedEmbedding = true,
        };
}
